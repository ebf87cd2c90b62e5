/** Rows of a document's top level. */
import { honoured, refused, type Row } from './row.ts';

export const stackRows: readonly Row[] = [
  honoured(
    'name',
    'Name of the stack: a DNS label, as it becomes part of every DNS name. `berth deploy` needs it.',
  ),
  honoured('services', 'At least one. A service’s name must be a DNS label.'),
  honoured(
    'x-*',
    'Accepted wherever the schema allows it, and not read; anchors in it can be used elsewhere. Only `x-berth` is Berth’s own (below).',
  ),
  honoured('version', 'Has no meaning in Compose any more; accepted with a warning, as Docker Compose does.'),
  refused(
    'include',
    'Berth gets one file and cannot read others beside it',
    'copy the included services into this file',
    'Compose loading',
  ),
  refused(
    'models',
    'Berth serves no language models',
    'run the model as a service of its own, from an image',
  ),
  refused(
    'networks',
    'hosts share one network; Berth makes no networks of its own',
    'leave it out: replicas reach each other by their SRV records',
    'names between services',
  ),
  refused(
    'volumes',
    'a replica can be placed on another host at any time, and nothing carries its volumes there yet',
    'leave it out, and use `tmpfs` for scratch space or a store outside the stack for data',
    'volumes',
  ),
  refused(
    'secrets',
    'secrets are not delivered to hosts yet',
    'leave it out; let the program fetch the secret itself',
    'secrets and configs',
  ),
  refused(
    'configs',
    'configs are not delivered to hosts yet',
    'leave it out: build the file into the image, or pass its values in `environment`',
    'secrets and configs',
  ),
  refused('jobs', 'Berth runs services only', 'run the job where it runs today, outside the stack', 'jobs'),
];

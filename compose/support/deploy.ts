/** Rows of a service's `deploy`. */
import { honoured, refused, type Row } from './row.ts';

const of = (property: string) => `services.*.deploy${property}`;

export const deployRows: readonly Row[] = [
  honoured(of(''), 'How many replicas run, with what, and where.'),
  honoured(of('.mode'), '`replicated` only.'),
  honoured(
    of('.replicas'),
    '0 to 1000; absent: 1. With `x-berth.autoscale` the number to begin with; absent: its `min`.',
  ),
  honoured(of('.resources'), 'What a replica may use and what is kept free for it.'),
  honoured(of('.resources.limits'), 'Enforced by the kernel.'),
  honoured(of('.resources.limits.cpus'), 'CPUs, in steps of 0.001 from 0.01 on; 0 and absent: no limit.'),
  honoured(
    of('.resources.limits.memory'),
    'Bytes or `64m`, `1g`; from 6 MiB on; 0 and absent: no limit. Swap is not added to it.',
  ),
  honoured(of('.resources.limits.pids'), 'Processes and threads; absent: 512 (Docker: no limit).'),
  honoured(of('.resources.reservations'), 'What placement counts for a replica.'),
  honoured(of('.resources.reservations.cpus'), 'Absent: the limit, else 0.02.'),
  honoured(of('.resources.reservations.memory'), 'Absent: the limit, else 32 MiB.'),
  honoured(of('.placement'), 'Where replicas may run.'),
  honoured(
    of('.placement.max_replicas_per_node'),
    'At most this many replicas of the service on one host; 0 and absent: any.',
  ),
  refused(
    of('.endpoint_mode'),
    'there is no ingress network',
    'leave it out: clients find replicas by SRV record',
  ),
  refused(
    of('.labels'),
    'Berth has no service objects in Docker that could carry labels',
    'use the service’s `labels`',
  ),
  refused(
    of('.update_config'),
    'new revisions replace replicas one by one, the new one first; this cannot be changed yet',
    'leave it out',
    'rollouts',
  ),
  refused(
    of('.rollback_config'),
    'there is no rollback yet',
    'leave it out, and deploy the earlier file again',
    'rollouts',
  ),
  refused(
    of('.restart_policy'),
    'it names the same thing as `restart` in other words',
    'use `restart` of the service: `always`, `on-failure:N` or `"no"`',
    'Compose loading',
  ),
  refused(
    of('.resources.reservations.generic_resources'),
    'hosts do not offer resources other than CPU, memory, processes and ports',
    'leave it out',
    'placement',
  ),
  honoured(
    of('.resources.reservations.devices'),
    'One entry: NVIDIA GPUs of the host, handed to the container by id. The host needs NVIDIA’s driver and container toolkit. `x-berth.resources.gpuShare` counts a part of one.',
  ),
  honoured(
    of('.resources.reservations.devices[].capabilities'),
    '`gpu`, and `compute`, `utility`, `graphics`, `video`, `display`, `compat32` beside it.',
  ),
  honoured(of('.resources.reservations.devices[].count'), 'Required, 1 to 16; `all` is refused.'),
  honoured(of('.resources.reservations.devices[].driver'), '`nvidia`, which is the default.'),
  refused(
    of('.resources.reservations.devices[].device_ids'),
    'ids name the devices of one host, and placement chooses the host',
    'use `count`',
  ),
  refused(
    of('.resources.reservations.devices[].options'),
    'no option of the driver is passed on',
    'leave it out',
  ),
  honoured(
    of('.placement.constraints'),
    '`==` and `!=` on `node.id`, `node.hostname`, `node.platform.arch`, `node.platform.os` and `node.labels.NAME`: labels of the host’s pool, and `zone`, `pool`, `instance-type`. Not `node.role`: hosts have none. A change replaces the replicas.',
  ),
  honoured(
    of('.placement.preferences'),
    'At most 4, the weightiest first. Absent: two replicas and more are spread over zones.',
  ),
  honoured(
    of('.placement.preferences[].spread'),
    'A property as in `constraints`; over hosts they are always spread last.',
  ),
];

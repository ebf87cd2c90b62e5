/** Small documents for the tests of compose/. */
import type { Problem } from '../../../contract/http-api.ts';
import type { ServiceSpec, StackSpec } from '../../../contract/stack-spec.ts';
import { loadCompose, type LoadOptions } from '../../../compose/load.ts';
import { cpuTimer } from '../../support/cpu-time.ts';

/** A document with one service, `web`, of which `yaml` are the properties besides its image. */
export const documentWith = (yaml: string): string =>
  `name: shop\nservices:\n  web:\n    image: shop-web\n${yaml.replace(/^(?=.)/gm, '    ')}\n`;

export function accept(
  text: string | Uint8Array,
  options?: LoadOptions,
): { spec: StackSpec; warnings: Problem[] } {
  const loaded = loadCompose(text, options);
  if (loaded.kind === 'refused') throw new Error(JSON.stringify(loaded.problems, null, 1));
  return loaded;
}

export function refuse(text: string | Uint8Array, options?: LoadOptions): Problem[] {
  const loaded = loadCompose(text, options);
  if (loaded.kind === 'stack') throw new Error(`accepted: ${JSON.stringify(loaded.spec)}`);
  return loaded.problems;
}

/** The spec of a service with these properties. */
export function serviceWith(yaml: string): ServiceSpec {
  const web = accept(documentWith(yaml)).spec.services.web;
  if (!web) throw new Error('no service');
  return web;
}

/** `path: message` of each problem of a service with these properties; the path below the service. */
export const problemsWith = (yaml: string): string[] =>
  refuse(documentWith(yaml)).map(
    ({ path, message }) => `${path.replace('services.web', '').replace(/^\./, '')}: ${message}`,
  );

/** With the milliseconds of CPU that it took. */
export function timed<T>(work: () => T): { value: T; cpuMs: number } {
  const cpuMs = cpuTimer();
  const value = work();
  return { value, cpuMs: cpuMs() };
}

/** Values that several parts of `x-berth` have: durations within bounds, and the port that need not be named. */
import type { PortSpec } from '../contract/stack-spec.ts';
import type { Field, Notes } from './fields.ts';
import { fieldAt } from './schema-notes.ts';
import { parseDuration } from './values/duration.ts';

export interface Place {
  /** The value of `x-berth`. */
  readonly root: Field;
  readonly notes: Notes;
}

/** The service's one TCP port, where the probe names none. */
export function onlyPort(
  path: readonly PropertyKey[],
  { root, ports, notes }: Place & { readonly ports: readonly PortSpec[] },
): number {
  const tcp = ports.filter(({ protocol }) => protocol === 'tcp');
  const [first, second] = tcp;
  if (first !== undefined && second === undefined) return first.container;
  const why = first === undefined ? 'the service has no TCP port' : 'the service has several TCP ports';
  notes.refuse(fieldAt(root, path), `has no \`port\`, and ${why}`, 'write the `port` inside the container');
  return 1;
}

/** The default if it is not there, or not within its bounds, which is noted. */
export function readMs(
  text: string | undefined,
  path: readonly PropertyKey[],
  bounds: { readonly min: number; readonly max: number; readonly default: number },
  { root, notes }: Place,
): number {
  if (text === undefined) return bounds.default;
  const duration = parseDuration(text);
  const at = fieldAt(root, path);
  if (duration.kind === 'bad') {
    notes.refuse(at, duration.why, 'write for example `5s`');
    return bounds.default;
  }
  if (duration.ms >= bounds.min && duration.ms <= bounds.max) return duration.ms;
  const range = `from ${inWords(bounds.min)} to ${inWords(bounds.max)}`;
  notes.refuse(at, `must be ${range}, is \`${text}\``, `write a duration ${range}`);
  return bounds.default;
}

const inWords = (ms: number): string =>
  ms >= 3_600_000
    ? `${ms / 3_600_000}h`
    : ms >= 60_000
      ? `${ms / 60_000}m`
      : ms >= 1000
        ? `${ms / 1000}s`
        : `${ms}ms`;

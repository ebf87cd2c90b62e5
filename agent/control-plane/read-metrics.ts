/** Validator of the wanted metrics of `contract/agent-protocol.ts`, bound for bound; a test holds the two together. */
import type { MetricSource } from '../../contract/autoscale-spec.ts';
import type { WantedMetric } from '../../contract/agent-protocol.ts';
import { array, integer, matching, object, oneOf, ReadError, type Reader } from './read-value.ts';

const KINDS: readonly unknown[] = ['prometheus', 'socket'];

const prometheus = object({
  kind: oneOf('prometheus'),
  port: integer(1, 65_535),
  path: matching(/^\/[\x21-\x7e]{0,2047}$/),
});

const source: Reader<MetricSource> = (value, path) =>
  kindOf(value) === 'socket' ? { kind: 'socket' } : prometheus(value, path);

const positive: Reader<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw new ReadError(path, 'a number above 0');
  return value;
};

const metric: Reader<WantedMetric> = object({
  name: matching(/^(?!__proto__$)[a-zA-Z_][a-zA-Z0-9_]{0,99}$/),
  value: positive,
  source,
});

/** Those of a kind that this agent does not know are left out: they are no reason to run nothing. */
export const readMetrics: Reader<WantedMetric[]> = (value, path) =>
  array((each, at) => (isOfUnknownKind(each) ? undefined : metric(each, at)))(value, path).filter(
    (each) => each !== undefined,
  );

function isOfUnknownKind(value: unknown): boolean {
  const kind = kindOf((value as { source?: unknown } | null | undefined)?.source);
  return typeof kind === 'string' && !KINDS.includes(kind);
}

const kindOf = (value: unknown): unknown => (value as { kind?: unknown } | null | undefined)?.kind;

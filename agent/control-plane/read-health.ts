/** Validator of `contract/health-spec.ts`, bound for bound; a test holds the two together. */
import type { HealthSpec, LivenessSpec, ReadinessSpec } from '../../contract/health-spec.ts';
import {
  array,
  boolean,
  integer,
  matching,
  object,
  objectWith,
  oneOf,
  ReadError,
  string,
  type Reader,
} from './read-value.ts';

const LONGEST_MS = 3_600_000;
const port = integer(1, 65_535);
const repeats = integer(1, 100);
const delayMs = integer(0, LONGEST_MS);

const command: Reader<string[]> = (value, path) => {
  const words = array(string)(value, path);
  if (words.length < 1 || words.length > 64 || words.some((word) => word.length > 4096))
    throw new ReadError(path, '1 to 64 words of at most 4096 characters');
  return words;
};

const liveness = {
  intervalMs: integer(500, LONGEST_MS),
  timeoutMs: integer(100, 60_000),
  failures: repeats,
  initialDelayMs: delayMs,
};
const readiness = { ...liveness, successes: repeats };

const docker = object({ kind: oneOf('docker') });
const http = { kind: oneOf('http'), port, path: matching(/^\/[\x21-\x7e]{0,2047}$/) };
const tcp = { kind: oneOf('tcp'), port };
const exec = { kind: oneOf('exec'), command };
const grpc = { kind: oneOf('grpc'), port, service: matching(/^[A-Za-z0-9_./-]{0,200}$/) };

/** The reader of the kind that the value names. */
const ofKind =
  <T>(readers: Readonly<Record<string, Reader<T>>>): Reader<T> =>
  (value, path) => {
    const { kind } = object({ kind: oneOf(...Object.keys(readers)) })(value, path);
    const read = readers[kind];
    if (read === undefined) throw new ReadError(`${path}.kind`, Object.keys(readers).join(' or '));
    return read(value, path);
  };

const readReadiness: Reader<ReadinessSpec> = ofKind<ReadinessSpec>({
  docker,
  http: object({ ...http, ...readiness }),
  tcp: object({ ...tcp, ...readiness }),
  exec: object({ ...exec, ...readiness }),
  grpc: object({ ...grpc, ...readiness }),
});

const readLiveness: Reader<LivenessSpec> = ofKind<LivenessSpec>({
  docker,
  http: object({ ...http, ...liveness }),
  tcp: object({ ...tcp, ...liveness }),
  exec: object({ ...exec, ...liveness }),
  grpc: object({ ...grpc, ...liveness }),
});

export const readHealth: Reader<HealthSpec> = objectWith(
  { startGraceMs: delayMs, deployGateMs: delayMs, signal: boolean },
  { readiness: readReadiness, liveness: readLiveness },
);

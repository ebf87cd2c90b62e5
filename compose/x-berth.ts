/** `x-berth` of a service -> its health spec. Checked with the published schema; every problem has its position. */
import {
  HEALTH_LIMITS,
  type HealthSpec,
  type LivenessSpec,
  type ReadinessSpec,
} from '../contract/health-spec.ts';
import type { PortSpec } from '../contract/stack-spec.ts';
import { xBerth, type LivenessDocument, type ReadinessDocument, type XBerth } from '../contract/x-berth.ts';
import { defined, type Field, type Notes } from './fields.ts';
import { checkAgainst, fieldAt } from './schema-notes.ts';
import { parseDuration } from './values/duration.ts';

type ProbeDocument = ReadinessDocument | LivenessDocument;

interface Reading {
  readonly root: Field;
  readonly ports: readonly PortSpec[];
  readonly notes: Notes;
}

/** What the rest of the service decides with it comes as it was written: its schema has been checked. */
export function readXBerth(
  field: Field | undefined,
  more: { readonly ports: readonly PortSpec[]; readonly notes: Notes },
): { readonly health?: HealthSpec } & Pick<XBerth, 'placement' | 'resources'> {
  if (!field) return {};
  const document = checkAgainst(xBerth, field, more.notes);
  const on = { root: field, ...more };
  return defined({
    health: document?.health && readHealth(document.health, on),
    placement: document?.placement,
    resources: document?.resources,
  });
}

function readHealth(health: NonNullable<XBerth['health']>, on: Reading): HealthSpec {
  const { root: field, notes } = on;
  const { longestMs, startGraceMs } = HEALTH_LIMITS;
  const delay = (name: 'startGrace' | 'deployGate', standard: number): number =>
    readMs(health[name], ['health', name], { min: 0, max: longestMs, default: standard }, on);
  const readiness = health.readiness && readProbe(health.readiness, 'readiness', on);
  const liveness = health.liveness && readProbe(health.liveness, 'liveness', on);
  const ours = [health.readiness, health.liveness].some(
    (probe) => probe !== undefined && probe.kind !== 'docker',
  );
  if (health.startGrace !== undefined && !ours)
    notes.refuse(
      fieldAt(field, ['health', 'startGrace']),
      'means nothing to Docker’s own health check',
      'write `start_period` at `healthcheck`',
    );
  return defined({
    readiness: readiness && successful(readiness, health.readiness),
    liveness,
    startGraceMs: delay('startGrace', startGraceMs),
    deployGateMs: delay('deployGate', 0),
    signal: health.signal ?? false,
  });
}

function successful(probe: LivenessSpec, document: ReadinessDocument | undefined): ReadinessSpec {
  if (probe.kind === 'docker') return probe;
  const successes = document && 'successes' in document ? document.successes : undefined;
  return { ...probe, successes: successes ?? HEALTH_LIMITS.successes };
}

function readProbe(probe: ProbeDocument, use: 'readiness' | 'liveness', on: Reading): LivenessSpec {
  if (probe.kind === 'docker') return { kind: 'docker' };
  const path = ['health', use];
  const { interval, timeout, longestMs, failures } = HEALTH_LIMITS;
  const timing = {
    intervalMs: readMs(probe.interval, [...path, 'interval'], interval, on),
    timeoutMs: readMs(probe.timeout, [...path, 'timeout'], timeout, on),
    failures: probe.failures ?? failures,
    initialDelayMs: readMs(
      probe.initialDelay,
      [...path, 'initialDelay'],
      { min: 0, max: longestMs, default: 0 },
      on,
    ),
  };
  const port = (): number => ('port' in probe && probe.port) || onlyPort(path, on);
  switch (probe.kind) {
    case 'http':
      return { kind: 'http', port: port(), path: probe.path ?? '/', ...timing };
    case 'tcp':
      return { kind: 'tcp', port: port(), ...timing };
    case 'grpc':
      return { kind: 'grpc', port: port(), service: probe.service ?? '', ...timing };
    case 'exec': {
      const { command } = probe;
      return {
        kind: 'exec',
        command: typeof command === 'string' ? ['/bin/sh', '-c', command] : command,
        ...timing,
      };
    }
  }
}

/** The service's one TCP port, where the probe names none. */
function onlyPort(path: readonly string[], { root, ports, notes }: Reading): number {
  const tcp = ports.filter(({ protocol }) => protocol === 'tcp');
  const [first, second] = tcp;
  if (first !== undefined && second === undefined) return first.container;
  const why = first === undefined ? 'the service has no TCP port' : 'the service has several TCP ports';
  notes.refuse(fieldAt(root, path), `has no \`port\`, and ${why}`, 'write the `port` inside the container');
  return 1;
}

function readMs(
  text: string | undefined,
  path: readonly string[],
  bounds: { readonly min: number; readonly max: number; readonly default: number },
  { root, notes }: Reading,
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

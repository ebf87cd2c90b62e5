/** `x-berth` of a service -> its health and autoscale specs. Checked with the published schema; every problem has its position. */
import {
  HEALTH_LIMITS,
  type HealthSpec,
  type LivenessSpec,
  type ReadinessSpec,
} from '../contract/health-spec.ts';
import type { AutoscaleSpec } from '../contract/autoscale-spec.ts';
import type { PortSpec } from '../contract/stack-spec.ts';
import { xBerth, type LivenessDocument, type ReadinessDocument, type XBerth } from '../contract/x-berth.ts';
import { readAutoscale, type AutoscaleReading } from './autoscale.ts';
import { defined, type Field, type Notes } from './fields.ts';
import { checkAgainst, fieldAt } from './schema-notes.ts';
import { onlyPort, readMs } from './x-berth-values.ts';

type ProbeDocument = ReadinessDocument | LivenessDocument;

interface Reading {
  readonly root: Field;
  readonly ports: readonly PortSpec[];
  readonly notes: Notes;
}

/** What the rest of the service decides with it comes as it was written: its schema has been checked. */
export function readXBerth(
  field: Field | undefined,
  more: Omit<AutoscaleReading, 'root'>,
): { readonly health?: HealthSpec; readonly autoscale?: AutoscaleSpec } & Pick<
  XBerth,
  'placement' | 'resources'
> {
  if (!field) return {};
  const document = checkAgainst(xBerth, field, more.notes);
  const on = { root: field, ...more };
  return defined({
    health: document?.health && readHealth(document.health, on),
    autoscale: document?.autoscale && readAutoscale(document.autoscale, on),
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

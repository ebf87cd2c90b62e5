/** The agent's plain validators and the wire's schemas say the same of what the control plane may answer. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  readBeatReply,
  readManifest,
  readRegistrationReply,
  readReportReply,
} from '../../../agent/control-plane/replies.ts';
import type { Reader } from '../../../agent/control-plane/read-value.ts';
import * as wire from '../../../contract/agent-protocol.ts';
import { assignment, spec } from '../../support/container-spec.ts';

const timing = { intervalMs: 5000, timeoutMs: 2000, failures: 3, initialDelayMs: 0 };
const others = [
  { readiness: { kind: 'docker' }, liveness: { kind: 'tcp', port: 1, ...timing } },
  {
    readiness: { kind: 'grpc', port: 1, service: 'a.B', ...timing, successes: 1 },
    liveness: { kind: 'docker' },
  },
  { readiness: { kind: 'exec', command: ['a'], ...timing, successes: 1 } },
  { liveness: { kind: 'http', port: 1, path: '/', ...timing } },
] as const;
const full = spec({
  command: ['a'],
  entrypoint: ['b'],
  environment: { A: '1' },
  labels: { l: 'x' },
  healthcheck: {
    test: ['CMD', 'true'],
    intervalMs: 1,
    timeoutMs: 1,
    startPeriodMs: 0,
    startIntervalMs: 1,
    retries: 1,
  },
  health: {
    readiness: { kind: 'http', port: 8080, path: '/x', ...timing, successes: 2 },
    liveness: { kind: 'exec', command: ['a', 'b'], ...timing },
    startGraceMs: 1,
    deployGateMs: 1,
    signal: true,
  },
  socket: true,
  metrics: [
    { name: 'jobs', value: 0.5, source: { kind: 'socket' } },
    { name: 'depth', value: 12, source: { kind: 'prometheus', port: 9090, path: '/metrics' } },
  ],
  restart: { policy: 'on-failure', maxRetries: 3 },
  stopSignal: 'SIGQUIT',
  user: '1000',
  workingDir: '/x',
  tmpfs: { '/tmp': 'size=1m' },
  capAdd: ['SYS_TIME'],
  capDrop: ['ALL'],
  platform: 'linux/arm64',
  limitCpuMillis: 500,
  limitMemoryBytes: 2 ** 26,
});
const manifest: wire.Manifest = {
  host: 'h-test0001',
  generation: 4,
  pollMs: 1000,
  beatMs: 15_000,
  specs: {
    'web-1': full,
    bare: spec(),
    ...Object.fromEntries(
      others.map((each, index) => [
        `probed-${index}`,
        spec({
          health: { ...each, startGraceMs: 0, deployGateMs: 0, signal: false },
        } as Partial<wire.ContainerSpec>),
      ]),
    ),
  },
  assignments: [
    assignment(1, { ports: [{ name: 'http', container: 80, protocol: 'tcp', host: 20_000 }] }),
    assignment(2, { spec: 'bare', wanted: 'drain' }),
  ],
  agent: {
    version: '0.1.1-8c07d5e61b92',
    request: 7,
    trialMs: 20_000,
    archive: { bucket: 'cdk-assets', key: 'a/5d1e.tar.gz', sha256: '5d1e'.repeat(16) },
  },
};

interface Pair {
  readonly read: Reader<unknown>;
  readonly schema: { safeParse(value: unknown): { success: boolean } };
  readonly good: object;
}
const pairs: Record<string, Pair> = {
  manifest: { read: readManifest, schema: wire.manifest, good: manifest },
  registration: {
    read: readRegistrationReply,
    schema: wire.registrationReply,
    good: { host: 'h-test0001', generation: 1, zone: 'z', pollMs: 1000, beatMs: 15_000 },
  },
  report: { read: readReportReply, schema: wire.reportReply, good: { generation: 1 } },
  beat: {
    read: readBeatReply,
    schema: wire.beatReply,
    good: {
      generation: 1,
      pollMs: 1000,
      beatMs: 15_000,
      neighbours: [{ host: 'h-test0002', address: '10.0.0.2' }],
    },
  },
};

/** Every path to a value inside. */
function paths(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, each]) => paths(each, [...at, key]))];
}

/** A copy with the value at the path replaced, or removed. */
function withChange(value: unknown, path: readonly (string | number)[], change: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  if (rest.length > 0 || change !== REMOVED) copy[key] = withChange(copy[key], rest, change);
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else Reflect.deleteProperty(copy, key);
  return copy;
}
const REMOVED = Symbol('removed');

const accepts = (read: Reader<unknown>, value: unknown): boolean => {
  try {
    read(value, '');
    return true;
  } catch {
    return false;
  }
};

describe.each(Object.entries(pairs))('the %s', (_name, { read, schema, good }) => {
  it('is read as it is', () => {
    expect(read(good, '')).toEqual(good);
    expect(schema.safeParse(good).success).toBe(true);
  });

  it('may say more than this agent knows', () => {
    expect(read({ ...good, someday: [1] }, '')).toEqual(good);
  });

  it('with one value removed or replaced is refused when the schema refuses it', () => {
    const changes = [REMOVED, null, '', 'text', -1, 0, 1.5, 10, {}, [], true, 'run', ['x']];
    let refused = 0;
    for (const path of paths(good).slice(1))
      for (const change of changes) {
        const changed = withChange(good, path, change);
        const allowed = schema.safeParse(changed).success;
        // The reader also wants what a schema cannot say: whole manifests, a pace that makes sense.
        if (allowed && !accepts(read, changed)) {
          expect(['spec', 'specs', 'task', 'web-1', 'bare', 'pollMs', 'beatMs', 'generation']).toContain(
            path.at(-1),
          );
          continue;
        }
        // A metric of a kind that only a newer control plane knows is passed over.
        if (path.includes('metrics') && path.at(-1) === 'kind' && typeof change === 'string') {
          expect(accepts(read, changed)).toBe(true);
          continue;
        }
        expect([path, change, accepts(read, changed)]).toEqual([path, change, allowed]);
        if (!allowed) refused++;
      }
    expect(refused).toBeGreaterThan(5);
  });

  it('throws with the path of the fault, whatever comes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          read(value, '');
        } catch (error) {
          expect(String(error)).toMatch(/ReadError: .*: expected /);
        }
      }),
    );
  });
});

describe('a manifest', () => {
  it('names the fault: a spec that is not there, a task named twice', () => {
    expect(() => readManifest({ ...manifest, specs: {} }, 'manifest')).toThrow(
      'manifest.specs: expected the spec web-1',
    );
    const twice = [assignment(1), assignment(1)];
    expect(() => readManifest({ ...manifest, assignments: twice }, 'manifest')).toThrow('once');
    expect(() =>
      readManifest({ ...manifest, assignments: [{ ...assignment(1), slot: 'one' }] }, 'm'),
    ).toThrow('m.assignments[0].slot: expected an integer');
  });
});

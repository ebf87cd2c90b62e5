/** What of autoscaling reaches containers: metrics do as they run, a socket takes new ones. */
import { describe, expect, it } from '@jest/globals';
import type { AutoscaleSpec } from '../../../contract/autoscale-spec.ts';
import type { ServiceSpec } from '../../../contract/stack-spec.ts';
import { hostId, taskId } from '../../../functions/core/model/ids.ts';
import { putStack } from '../../../functions/usecases/put-stack.ts';
import { readManifest } from '../../../functions/usecases/read-manifest.ts';
import { fakeIds } from '../../support/fake-ids.ts';
import { inMemoryClusterStore } from '../../support/in-memory/cluster-store.ts';
import { inMemoryDecisionLog } from '../../support/in-memory/decision-log.ts';
import { inMemoryHostStore } from '../../support/in-memory/host-store.ts';
import { inMemoryStackStore } from '../../support/in-memory/stack-store.ts';
import { recordedWakes } from '../../support/in-memory/wakes.ts';
import { service, stack } from '../../support/stacks.ts';
import { aHost, aManifest, anAssignment, HOST } from '../../support/stored-rows.ts';

const cpu = { kind: 'cpu', percent: 60 } as const;
const depth = {
  kind: 'metric',
  name: 'depth',
  value: 10,
  source: { kind: 'prometheus', port: 9090, path: '/metrics' },
} as const;
const jobs = { kind: 'metric', name: 'jobs', value: 5, source: { kind: 'socket' } } as const;
const scaled = (
  targets: AutoscaleSpec['targets'],
  more: Partial<AutoscaleSpec> = {},
): Partial<ServiceSpec> => ({
  autoscale: {
    ...{ min: 1, max: 9, targets, tolerancePercent: 10, windowOutMs: 0, stabilizationInMs: 0 },
    ...{ cooldownOutMs: 0, cooldownInMs: 0, stepOutMax: 1, stepInMax: 1, schedules: [] },
    ...more,
  },
});
const signalling: Partial<ServiceSpec> = { health: { startGraceMs: 0, deployGateMs: 0, signal: true } };

/** The digest of a service that is put, and what an agent then reads of it. */
async function put(over: Partial<ServiceSpec>) {
  const clock = { nowMs: () => 1, sleep: () => Promise.resolve() };
  const stacks = inMemoryStackStore();
  const hosts = inMemoryHostStore();
  const wakes = recordedWakes();
  await putStack({ stacks, decisions: inMemoryDecisionLog(clock), wakes, clock, ids: fakeIds() })({
    stack: 'shop',
    spec: stack({ web: service(over) }),
    by: 'test',
  });
  const revision = await stacks.getRevision('shop', 1);
  await hosts.putHost(aHost({ state: 'ready', instanceId: 'i-1' }), 0);
  const task = anAssignment({
    task: taskId('shop-web-1-aaaa0000'),
    stack: 'shop',
    service: 'web',
    revision: 1,
  });
  await hosts.putManifest(aManifest({ host: hostId(HOST), generation: 1, assignments: [task] }), 0);
  const read = readManifest({ hosts, stacks, cluster: inMemoryClusterStore(), clock });
  const manifest = await read({ host: HOST, instanceId: 'i-1' }, null);
  return { digest: revision?.digests['web'], spec: Object.values(manifest?.specs ?? {})[0] };
}

describe('a service', () => {
  it('that is scaled by what the agent sees or asks keeps its containers', async () => {
    const plain = await put({});
    expect((await put(scaled([cpu]))).digest).toBe(plain.digest);
    const asked = await put(scaled([cpu, depth]));
    expect(asked.digest).toBe(plain.digest);
    const { kind: _kind, ...wanted } = depth;
    expect(asked.spec?.metrics).toEqual([wanted]);
    expect(asked.spec?.socket).toBeUndefined();
    expect(plain.spec).not.toHaveProperty('metrics');
    expect(plain.spec).not.toHaveProperty('autoscale');
  });

  it('whose replicas speak of it, or protect themselves, needs containers with a socket', async () => {
    const plain = await put({});
    const [said, protects, signals] = [
      await put(scaled([jobs])),
      await put(scaled([cpu], { protect: true })),
      await put(signalling),
    ];
    for (const one of [said, protects, signals]) expect(one.spec?.socket).toBe(true);
    expect(said.digest).not.toBe(plain.digest);
    expect(protects.digest).toBe(said.digest);
    expect(signals.digest).toBe(said.digest);
    expect((await put({ ...signalling, ...scaled([jobs]) })).digest).toBe(signals.digest);
  });
});

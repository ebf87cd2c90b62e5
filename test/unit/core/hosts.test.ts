import { describe, expect, it } from '@jest/globals';
import { afterLaunch } from '../../../functions/core/hosts/after-launch.ts';
import { expectedCapacity, hostDemand } from '../../../functions/core/hosts/demand.ts';
import { writeIntent } from '../../../functions/core/hosts/intent.ts';
import { launchPauseUntilMs, nextHostStep } from '../../../functions/core/hosts/next-steps.ts';
import { decideCluster } from '../../../functions/core/decide-cluster.ts';
import type { Host } from '../../../functions/core/model/host.ts';
import type { ServiceSpec } from '../../../functions/core/model/service-spec.ts';
import {
  head,
  host,
  hostView,
  instance,
  MIB,
  NOW,
  revision,
  serviceSpec,
  settings,
  snapshot,
} from '../../support/builders.ts';

const SUBNETS = ['subnet-a', 'subnet-b'];
const CAPACITY = { cpuMillis: 2000, memoryBytes: 2048 * MIB, pids: 30_000 };
const requested = (over: Partial<Host> = {}) =>
  host('r', {
    state: 'requested',
    instanceId: null,
    launchedAtMs: null,
    registeredAtMs: null,
    address: null,
    version: 1,
    ...over,
  });
const booting = (over: Partial<Host> = {}) => host('b', { state: 'booting', registeredAtMs: null, ...over });

describe('demand', () => {
  const demand = (spec: Partial<ServiceSpec>, hosts: Host[] = [], pool = 10) => {
    const state = snapshot({
      settings: settings({ pool: { instanceType: 't3.small', architecture: 'x86_64', hostsMax: pool } }),
      stacks: [head()],
      revisions: [revision({ web: serviceSpec(spec) })],
      hosts: hosts.map((one) => hostView(one)),
    });
    return hostDemand(state, decideCluster(state, NOW, 's').unplaced, CAPACITY, NOW);
  };

  it('is one host for what fits one, two where one replica a host is allowed', () => {
    expect(demand({ replicas: 2 }).hosts).toBe(1);
    expect(demand({ replicas: 2, maxReplicasPerHost: 1 }).hosts).toBe(2);
  });

  it('counts hosts that are coming', () => {
    expect(demand({ replicas: 2, maxReplicasPerHost: 1 }, [requested()]).hosts).toBe(1);
    expect(demand({ replicas: 2, maxReplicasPerHost: 1 }, [requested(), booting()]).hosts).toBe(0);
  });

  it('is none for what no host could ever take', () => {
    const result = demand({ resources: { reservedCpuMillis: 9000, reservedMemoryBytes: 0, limitPids: 1 } });
    expect([result.hosts, result.impossible.length]).toEqual([0, 1]);
  });

  it('ends at the pool’s maximum', () => {
    expect(demand({ replicas: 5, maxReplicasPerHost: 1 }, [], 3)).toMatchObject({
      hosts: 3,
      exhausted: true,
    });
  });

  it('learns the capacity of a type from the first host that told it', () => {
    const nominal = { cpuMillis: 2000, memoryBytes: 2048 * MIB };
    expect(expectedCapacity([], 't3.small', nominal).memoryBytes).toBeLessThan(nominal.memoryBytes);
    expect(
      expectedCapacity([host('a', { capacity: { ...CAPACITY, memoryBytes: 7 } })], 't3.small', nominal)
        .memoryBytes,
    ).toBe(7);
  });
});

describe('the intent', () => {
  const intent = writeIntent(
    0,
    settings(),
    { launchTemplateId: 'lt', launchTemplateVersion: '3', subnetIds: SUBNETS },
    CAPACITY,
    { nowMs: NOW, seed: 's', hosts: [] },
  );

  it('freezes everything that the launch is asked with', () => {
    expect(intent).toMatchObject({
      state: 'requested',
      launch: { launchTemplateVersion: '3', instanceType: 't3.small', subnetId: 'subnet-a' },
    });
    expect(intent.launch.clientToken).toMatch(/^berth-h-[a-z0-9]{10}-1-[0-9a-f]{8}$/);
    expect(intent.launch.clientToken.length).toBeLessThanOrEqual(64);
  });

  it('asks with another token in another zone after a shortage, and pauses after the last zone', () => {
    const short = { kind: 'no-capacity', message: 'none left' } as const;
    const second = afterLaunch(intent, short, SUBNETS, NOW).host;
    expect([second.launch.subnetId, second.attempt, second.retryAtMs]).toEqual(['subnet-b', 2, NOW]);
    expect(second.launch.clientToken).not.toBe(intent.launch.clientToken);
    expect(afterLaunch(second, short, SUBNETS, NOW).host.retryAtMs).toBe(NOW + 30_000);
  });

  it('keeps the token while nobody knows what became of the launch', () => {
    const { host: next, decision } = afterLaunch(
      intent,
      { kind: 'unknown', message: 'connection reset' },
      SUBNETS,
      NOW,
    );
    expect(next.launch).toEqual(intent.launch);
    expect([decision.code, decision.message]).toEqual([
      'host-launch-failed',
      expect.stringContaining('connection reset'),
    ]);
  });

  it('takes a new token when the old one is spent', () => {
    const next = afterLaunch(intent, { kind: 'token-spent', message: 'terminated' }, SUBNETS, NOW).host;
    expect([next.launch.subnetId, next.attempt]).toEqual(['subnet-a', 2]);
  });

  it('names the quota of an account’s limit', () => {
    const { decision } = afterLaunch(
      intent,
      { kind: 'account-limit', message: 'vCPU', quota: 'L-1216C47A' },
      SUBNETS,
      NOW,
    );
    expect(decision.message).toMatch(/L-1216C47A.*Service Quotas/);
  });
});

describe('the next step of a host', () => {
  const step = (one: Host, instances = [instance(one)], nowMs = NOW) =>
    nextHostStep(one, instances, settings(), nowMs);

  it('is the launch, unless the instance is there already', () => {
    expect(step(requested(), []).kind).toBe('launch');
    expect(step(requested(), [instance(requested(), { instanceId: 'i-found000' })])).toMatchObject({
      kind: 'found',
      instance: { instanceId: 'i-found000' },
    });
    expect(step(requested(), [instance(requested(), { state: 'terminated' })]).kind).toBe('launch');
    expect(step(requested({ retryAtMs: NOW + 5 }), [])).toEqual({ kind: 'none', wakeAtMs: NOW + 5 });
  });

  it('is termination past the registration deadline, with a reason that says where to look', () => {
    const late = booting({ launchedAtMs: NOW - 300_000 });
    expect(step(late)).toMatchObject({
      kind: 'terminate',
      reason: expect.stringMatching(/did not register within 300 s.*cloud-init/),
    });
    expect(step(booting())).toEqual({ kind: 'none', wakeAtMs: NOW - 50_000 + 300_000 });
  });

  it('does not call an instance gone that EC2 merely does not show yet', () => {
    expect(step(booting(), []).kind).toBe('none');
    expect(step(booting({ launchedAtMs: NOW - 120_001 }), []).kind).toBe('gone');
  });

  it('does not give a host up that EC2 leaves out, unless it is lost', () => {
    for (const state of ['ready', 'draining', 'suspect'] as const)
      expect(step(host('a', { state, launchedAtMs: NOW - 3_600_000 }), []).kind).toBe('none');
    expect(step(host('a', { state: 'lost', launchedAtMs: NOW - 3_600_000 }), []).kind).toBe('gone');
  });

  it('sees that EC2 has terminated a ready host', () => {
    expect(step(host('a'), [instance(host('a'), { state: 'shutting-down' })]).kind).toBe('gone');
  });

  it('asks again for a termination that does not happen, and ends when it has', () => {
    const one = host('t', { state: 'terminating', retryAtMs: NOW - 60_000 });
    expect(step(one).kind).toBe('terminate');
    expect(step(one, [instance(one, { state: 'terminated' })]).kind).toBe('gone');
  });

  it('forgets a terminated host after an hour', () => {
    expect(step(host('x', { state: 'terminated', retryAtMs: NOW - 3_600_001 })).kind).toBe('forget');
  });
});

describe('pauses after hosts that never registered', () => {
  const overdue = (name: string, ago: number) =>
    host(name, { state: 'terminated', registeredAtMs: null, launchedAtMs: NOW - ago, retryAtMs: NOW - ago });

  it('double up to 15 minutes and end with the first that registers', () => {
    expect(launchPauseUntilMs([])).toBe(0);
    expect(launchPauseUntilMs([overdue('a', 1000)])).toBe(NOW - 1000 + 30_000);
    expect(launchPauseUntilMs([overdue('a', 5000), overdue('b', 1000)])).toBe(NOW - 1000 + 60_000);
    const many = Array.from({ length: 12 }, (_, index) => overdue(`h${index}`, 1000));
    expect(launchPauseUntilMs(many)).toBe(NOW - 1000 + 900_000);
    expect(launchPauseUntilMs([overdue('a', 1000), host('ok', { registeredAtMs: NOW })])).toBe(0);
  });
});

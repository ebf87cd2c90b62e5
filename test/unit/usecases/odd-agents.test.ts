/** Agents that say odd things: old, doubled, impossible, or of others. What they say is bounded and concerns their own host. */
import { describe, expect, it } from '@jest/globals';
import * as wire from '../../../contract/agent-protocol.ts';
import type { Beat, Report, TaskReport } from '../../../contract/agent-protocol.ts';
import { recordBeat } from '../../../functions/usecases/record-beat.ts';
import { recordReport } from '../../../functions/usecases/record-report.ts';
import { registerHost } from '../../../functions/usecases/register-host.ts';
import { ZONE } from '../../support/builders.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';
import { noGraphs } from '../../support/no-graphs.ts';

const SRV = '_http._tcp.web.shop';
const YEAR_MS = 365 * 24 * 3_600_000;

/** Two replicas on two hosts, both in DNS; the first host's agent is the odd one. */
async function settled() {
  const cluster = await littleCluster();
  await cluster.put(stack({ web: service({ replicas: 2, maxReplicasPerHost: 1 }) }));
  await cluster.settle(150);
  expect(cluster.answers('SRV', SRV)).toHaveLength(2);
  const [host, other] = await cluster.hosts.listHosts();
  const deps = { ...cluster, zone: ZONE };
  const caller = { host: host!.id, instanceId: host!.instanceId ?? '' };
  const stored = (await cluster.hosts.getReport(host!.id))!;
  const own = (await cluster.hosts.getManifest(host!.id))!.assignments[0]!.task;
  const others = (await cluster.hosts.getManifest(other!.id))!.assignments[0]!.task;
  const task = (over: Partial<TaskReport>): TaskReport => ({
    ...{ task: own, phase: 'running', health: 'healthy', attempt: 1 },
    ...over,
  });
  const report = (over: Partial<Report>): Report => ({
    ...{ bootId: stored.bootId, seq: stored.seq + 1, agentVersion: '1', generation: stored.generation },
    ...{ dockerAnswers: true, tasks: [task({})], images: [] },
    ...over,
  });
  const beat = (over: Partial<Beat>): Beat => ({
    ...{
      bootId: stored.bootId,
      seq: 2 ** 40,
      agentVersion: '1',
      generation: stored.generation,
      reportSeq: 1,
    },
    ...{ cpuPercent: 1, memoryPercent: 1, diskPercent: 1, silent: [], answering: [] },
    ...over,
  });
  return {
    ...{ cluster, caller, host: host!, other: other!, own, others, task, report, beat },
    sendReport: (over: Partial<Report>) => recordReport(deps)(caller, report(over)),
    sendBeat: (over: Partial<Beat>) => recordBeat({ ...deps, graphs: noGraphs })(caller, beat(over)),
    register: registerHost(deps),
  };
}
const states = async (cluster: Awaited<ReturnType<typeof settled>>['cluster']) =>
  (await cluster.hosts.listHosts()).map((one) => one.state);

describe('an agent that speaks of another host’s replicas, or of none that exist', () => {
  it('changes nothing for them: not in DNS, not in what runs', async () => {
    const { cluster, others, task, sendReport } = await settled();
    const before = await cluster.replicas();
    const lies = ['failed', 'stopped', 'lost', 'running'].flatMap((phase) => [
      task({ task: others, phase: phase as TaskReport['phase'], health: 'unhealthy' }),
      task({ task: 'web-9-zzzzzzzz', phase: phase as TaskReport['phase'] }),
    ]);
    await sendReport({ tasks: [task({}), ...lies] });
    await cluster.settle(30, () => expect(cluster.answers('SRV', SRV)).toHaveLength(2));
    expect((await cluster.replicas()).map((one) => one.task)).toEqual(before.map((one) => one.task));
  });

  it('may not speak for the other host at all', async () => {
    const { cluster, caller, other, report, beat } = await settled();
    const forged = { ...caller, host: other.id };
    const deps = { ...cluster, zone: ZONE };
    const told = [
      recordReport(deps)(forged, report({})),
      recordBeat({ ...deps, graphs: noGraphs })(forged, beat({})),
    ];
    for (const outcome of await Promise.allSettled(told))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'ForbiddenError' } });
  });
});

describe('numbers of reports and beats', () => {
  it('that repeat or go back change nothing', async () => {
    const { cluster, host, task, sendReport } = await settled();
    const stored = await cluster.hosts.getReport(host.id);
    cluster.wakes.take();
    await sendReport({ seq: stored!.seq - 1, tasks: [task({ phase: 'failed', health: 'unhealthy' })] });
    expect(await cluster.hosts.getReport(host.id)).toEqual(stored);
    expect(cluster.wakes.take()).toEqual([]);
  });

  it('that jump count, and the next ones after them', async () => {
    const { cluster, host, sendReport } = await settled();
    for (const seq of [2 ** 40, 2 ** 40 + 1]) await sendReport({ seq });
    expect((await cluster.hosts.getReport(host.id))?.seq).toBe(2 ** 40 + 1);
  });

  it('of a boot that flips forth and back bring no replica into DNS twice, and none out for good', async () => {
    const { cluster, sendReport, report } = await settled();
    const { bootId } = report({});
    for (let times = 0; times < 20; times += 1) {
      await sendReport({ seq: 2 ** 41 + times, bootId: times % 2 === 0 ? 'another-boot-id' : bootId });
      await cluster.settle(1);
    }
    await cluster.settle(60);
    expect(new Set(cluster.answers('SRV', SRV)).size).toBe(2);
    expect(await states(cluster)).toEqual(['ready', 'ready']);
  });

  it('carry no time of the agent’s: two agents with one id are one host, by our clock', async () => {
    const { cluster, host, sendBeat } = await settled();
    await Promise.all([sendBeat({ seq: 2 ** 40 + 5 }), sendBeat({ seq: 2 ** 40 + 6 })]);
    const lease = (await cluster.hosts.listLeases()).find((one) => one.host === host.id);
    expect(lease).toMatchObject({ seq: 2 ** 40 + 6, receivedAtMs: cluster.clock.nowMs() });
    await sendBeat({ seq: 2 ** 40 + 5 });
    expect((await cluster.hosts.listLeases()).find((one) => one.host === host.id)).toEqual(lease);
  });

  it('that are an agent’s word for a manifest that was never written do not stop the loop', async () => {
    const { cluster, host, sendBeat } = await settled();
    const seq = (await cluster.hosts.listLeases()).find((one) => one.host === host.id)!.seq + 1;
    await sendBeat({ seq, generation: wire.GENERATION_MAX });
    await cluster.loops.reconcile();
    expect((await cluster.hosts.getManifest(host.id))?.generation).toBe(wire.GENERATION_MAX + 1);
    await cluster.settle(60, () => expect(cluster.answers('SRV', SRV)).toHaveLength(2));
  });
});

describe('what does not fit is refused where it comes in:', () => {
  const tasks = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...{ task: `web-${index + 1}-aaaaaaaa`, phase: 'running', health: 'healthy', attempt: 1 },
    }));

  it.each([
    ['10,000 containers', { tasks: tasks(10_000) }],
    ['a phase of the future', { tasks: [{ ...tasks(1)[0], phase: 'paused' }] }],
    ['a task without its phase', { tasks: [{ task: 'web-1-aaaaaaaa' }] }],
    ['an attempt below nothing', { tasks: [{ ...tasks(1)[0], attempt: -1 }] }],
    ['a key of the future', { pressure: 1 }],
    ['a number that is none', { seq: Number.NaN }],
    ['a number before the first', { seq: 0 }],
    ['a generation past all', { generation: wire.GENERATION_MAX + 1 }],
    ['the clock of a year ago as one', { seq: -YEAR_MS }],
  ])('%s, in a report', async (_, over) => {
    const { report } = await settled();
    expect(wire.report.safeParse({ ...report({}), ...over }).success).toBe(false);
    expect(wire.report.safeParse(report({})).success).toBe(true);
  });

  it.each([
    ['negative memory', { memoryPercent: -1 }],
    ['a processor of ten', { cpuPercent: 1000 }],
    ['more neighbours than it has', { silent: ['h-aaaaaa', 'h-bbbbbb', 'h-cccccc', 'h-dddddd'] }],
    ['a neighbour that is no host', { silent: ['../h-a'] }],
    ['nothing', { bootId: undefined }],
  ])('%s, in a beat', async (_, over) => {
    const { beat } = await settled();
    expect(wire.beat.safeParse({ ...beat({}), ...over }).success).toBe(false);
    expect(wire.beat.safeParse(beat({})).success).toBe(true);
  });
});

describe('a capacity that cannot be', () => {
  it.each([
    ['ten times what it is', 10],
    ['none', 0],
  ])('%s, stays within its host', async (_, times) => {
    const { cluster, caller, host, other, register } = await settled();
    const { cpuMillis, memoryBytes, pids } = host.capacity;
    await register(caller, {
      ...{ instanceId: caller.instanceId, bootId: host.bootId ?? '', agentVersion: '1' },
      ...{ address: host.address ?? '', zone: host.zone ?? 'a', instanceType: 't3.small' },
      architecture: 'x86_64',
      capacity: {
        ...{ cpuMillis: cpuMillis * times, memoryBytes: memoryBytes * times, pids: pids * times },
        diskBytes: 1,
      },
      docker: { version: '1', apiVersion: '1.41', cgroupVersion: '1', storageDriver: 'overlay2' },
    });
    await cluster.settle(60, () => expect(cluster.answers('SRV', SRV)).toHaveLength(2));
    const rows = await cluster.hosts.listHosts();
    expect(rows.find((one) => one.id === other.id)?.capacity).toEqual(other.capacity);
    expect(await states(cluster)).toEqual(['ready', 'ready']);
  });
});

/** Reports of one host that come in together, and in any order: the newest is what stays. */
import { describe, expect, it } from '@jest/globals';
import type { Report } from '../../../contract/agent-protocol.ts';
import { ConflictError } from '../../../functions/usecases/errors.ts';
import { ATTEMPTS_MAX, recordReport } from '../../../functions/usecases/record-report.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { fakeIds } from '../../support/fake-ids.ts';
import { inMemoryClusterStore } from '../../support/in-memory/cluster-store.ts';
import { inMemoryDecisionLog } from '../../support/in-memory/decision-log.ts';
import { inMemorySweepStore } from '../../support/in-memory/sweep-store.ts';
import { inMemoryHostStore } from '../../support/in-memory/host-store.ts';
import { recordedWakes } from '../../support/in-memory/wakes.ts';
import { aHost, aManifest, aReport, HOST } from '../../support/stored-rows.ts';

const caller = { host: HOST, instanceId: 'i-1' };
const said = (seq: number, over: Partial<Report> = {}): Report => ({
  bootId: 'boot-1',
  seq,
  agentVersion: '0.1.0',
  generation: 1,
  dockerAnswers: true,
  tasks: [],
  images: [],
  ...over,
});

async function world() {
  const clock = fakeClock();
  const hosts = inMemoryHostStore();
  const wakes = recordedWakes();
  await hosts.putHost(aHost({ state: 'ready', instanceId: 'i-1' }), 0);
  await hosts.putManifest(aManifest({ generation: 7 }), 0);
  const report = recordReport({
    hosts,
    wakes,
    clock,
    cluster: inMemoryClusterStore(),
    sweep: inMemorySweepStore(),
    decisions: inMemoryDecisionLog(clock),
    ids: fakeIds(),
    zone: 'berth.internal',
  });
  const stored = async () => {
    const row = await hosts.getReport(HOST);
    return row && [row.bootId, row.seq];
  };
  /** Right before the next report is written, another process writes this one; before its repetition, the next. */
  const faster = (seq: number, bootId = 'boot-1', ...more: readonly number[]): void =>
    hosts.faults.beforeNext('putReport', async () => {
      const before = await hosts.getReport(HOST);
      await hosts.putReport(aReport({ seq, bootId }), before?.version ?? 0);
      const [next, ...rest] = more;
      if (next !== undefined) faster(next, bootId, ...rest);
    });
  return { hosts, wakes, report, stored, faster, clock };
}

describe('a report', () => {
  it('tells of the layers of images, which stay when the next one of the same boot does not', async () => {
    const { report, hosts } = await world();
    const told = [{ image: 'docker.io/library/nginx', layers: ['0123456789ab:1000'] }];
    const kept = [{ image: 'nginx:latest', layers: [{ id: '0123456789ab', bytes: 1000 }] }];
    await report(caller, said(5, { imageLayers: told }));
    expect((await hosts.getReport(HOST))?.images).toEqual(kept);
    await report(caller, said(6));
    expect((await hosts.getReport(HOST))?.images).toEqual(kept);
    await report(caller, said(1, { bootId: 'boot-2' }));
    expect((await hosts.getReport(HOST))?.images).toBeUndefined();
  });

  it('keeps only so many layers that a row holds them', async () => {
    const { report, hosts } = await world();
    const layers = Array.from({ length: 600 }, (_, index) => `${String(index).padStart(12, '0')}:1`);
    await report(caller, said(5, { imageLayers: ['a:1', 'b:1'].map((image) => ({ image, layers })) }));
    expect((await hosts.getReport(HOST))?.images?.map(({ image }) => image)).toEqual(['a:1']);
  });

  it('is stored, wakes the reconcile loop, and is answered with the manifest’s generation', async () => {
    const { report, stored, wakes } = await world();
    expect(await report(caller, said(5))).toEqual({ generation: 7, takesLayers: true });
    expect(await stored()).toEqual(['boot-1', 5]);
    expect(wakes.take()).toHaveLength(1);
  });

  it('that loses the race against an older one is written again, not forgotten', async () => {
    const { report, stored, faster, hosts, wakes } = await world();
    faster(4);
    expect(await report(caller, said(5))).toEqual({ generation: 7, takesLayers: true });
    hosts.faults.assertUsed();
    expect(await stored()).toEqual(['boot-1', 5]);
    expect(wakes.take()).toHaveLength(1);
  });

  it('that loses the race against a newer one is dropped, and wakes nobody', async () => {
    const { report, stored, faster, wakes } = await world();
    faster(6);
    expect(await report(caller, said(5))).toEqual({ generation: 7, takesLayers: true });
    expect(await stored()).toEqual(['boot-1', 6]);
    expect(wakes.take()).toEqual([]);
  });

  it('of another boot counts as newer, whatever its number', async () => {
    const { report, stored, faster } = await world();
    faster(9, 'boot-0');
    await report(caller, said(5));
    expect(await stored()).toEqual(['boot-1', 5]);
  });

  it('that was stored by an attempt without an answer still wakes the loop', async () => {
    const { report, stored, hosts, wakes } = await world();
    hosts.faults.loseReplyOf('putReport', new ConflictError('the second attempt met the first'));
    await report(caller, said(5));
    expect(await stored()).toEqual(['boot-1', 5]);
    expect(wakes.take()).toHaveLength(1);
  });

  it.each([
    [ATTEMPTS_MAX - 1, 'is stored'],
    [ATTEMPTS_MAX, 'is refused, so that the agent tells it again'],
  ])('that meets %d faster ones %s', async (races) => {
    const { report, stored, faster } = await world();
    faster(1, 'boot-1', ...Array.from({ length: races - 1 }, (_, index) => index + 2));
    const told = report(caller, said(100));
    if (races < ATTEMPTS_MAX) await told;
    else await expect(told).rejects.toThrow(ConflictError);
    expect(await stored()).toEqual(['boot-1', races < ATTEMPTS_MAX ? 100 : races]);
  });

  it.each([[[1, 2, 3, 4]], [[4, 3, 2, 1]], [[2, 4, 1, 3]]])(
    '%j, all at once: the newest stays',
    async (seqs) => {
      const { report, stored } = await world();
      await Promise.all(seqs.map((seq) => report(caller, said(seq))));
      expect(await stored()).toEqual(['boot-1', 4]);
    },
  );
});

describe('since when a task is healthy', () => {
  const told = (seq: number, over: Partial<Report['tasks'][number]>): Report =>
    said(seq, {
      tasks: [{ task: 'web-1-aaaa0000', phase: 'running', health: 'healthy', attempt: 1, ...over }],
    });

  it('is the time of the first report of this healthy time, by our clock', async () => {
    const { report, hosts, clock } = await world();
    const since = async () => (await hosts.getReport(HOST))?.tasks[0]?.healthySinceMs;
    const began = clock.nowMs();
    const at = async (seq: number, over: Partial<Report['tasks'][number]>): Promise<number | undefined> => {
      await report(caller, told(seq, over));
      const known = await since();
      await clock.advance(1000);
      return known === undefined ? undefined : known - began;
    };
    expect(await at(1, { health: 'starting' })).toBeUndefined();
    expect(await at(2, { healthySince: 7 })).toBe(1000);
    expect(await at(3, { healthySince: 7, phase: 'draining' })).toBe(1000);
    expect(await at(4, { healthySince: 8 })).toBe(3000); // a break that no report told of
    expect(await at(5, { healthySince: 8, attempt: 2 })).toBe(4000);
    expect(await at(6, { health: 'unhealthy', attempt: 2 })).toBeUndefined();
    expect(await at(7, { healthySince: 8, attempt: 2 })).toBe(6000);
  });
});

/** The tick decides nothing: whom it wakes, and when it keeps silent. */
import { describe, expect, it } from '@jest/globals';
import { TERMINATED_KEPT_MS } from '../../../functions/core/hosts/next-steps.ts';
import { tick } from '../../../functions/usecases/tick.ts';
import { host } from '../../support/builders.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { fakeIds } from '../../support/fake-ids.ts';
import { inMemoryDecisionLog } from '../../support/in-memory/decision-log.ts';
import { inMemoryScaleStore } from '../../support/in-memory/scale-store.ts';
import { inMemoryTimeline } from '../../support/in-memory/timeline.ts';
import { inMemorySweepStore } from '../../support/in-memory/sweep-store.ts';
import { recordedWakes } from '../../support/in-memory/wakes.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const LATER = [15, 30, 45].map((second) => ({ loop: 'tick', second }));

describe('the tick', () => {
  it('of an empty cluster does nothing, and sends no further ones', async () => {
    const cluster = await littleCluster();
    await cluster.tick();
    expect(cluster.wakes.take()).toEqual([]);
  });

  it('at second 0 sends those of seconds 15, 30 and 45; those send none', async () => {
    const cluster = await littleCluster();
    await cluster.put(stack({ web: service() }));
    cluster.wakes.take();
    await cluster.tick(true);
    expect(cluster.wakes.take()).toEqual(expect.arrayContaining(LATER));
    await cluster.tick(false);
    expect(cluster.wakes.take().filter(({ loop }) => loop === 'tick')).toEqual([]);
  });

  it.each([
    [true, LATER],
    [false, []],
  ])(
    'that cannot read the state (second 0: %s) says so; those after it come all the same',
    async (first, sent) => {
      const [wakes, clock] = [recordedWakes(), fakeClock()];
      const load = () => Promise.reject(new Error('the table does not answer'));
      await expect(
        tick({
          ...{ load, sweep: inMemorySweepStore(), wakes, clock, ids: fakeIds(), zone: 'berth.internal' },
          ...{ scales: inMemoryScaleStore(), timeline: inMemoryTimeline() },
          decisions: inMemoryDecisionLog(clock),
        })({ first }),
      ).rejects.toThrow('the table does not answer');
      expect(wakes.take()).toEqual(sent);
    },
  );
});

describe('of rows that explain themselves', () => {
  it('the tick wakes the provision loop once their time is over, and not before', async () => {
    const cluster = await littleCluster();
    const retryAtMs = cluster.clock.nowMs();
    await cluster.hosts.putHost(host('a', { state: 'terminated', retryAtMs }), 0);
    const wakesProvision = async (): Promise<boolean> => {
      await cluster.tick(false);
      return cluster.wakes.take().some(({ loop }) => loop === 'provision');
    };
    expect(await wakesProvision()).toBe(false);
    await cluster.clock.advance(TERMINATED_KEPT_MS);
    expect(await wakesProvision()).toBe(false);
    await cluster.clock.advance(1);
    expect(await wakesProvision()).toBe(true);
  });
});

describe('when every wake but the ticks’ own is lost', () => {
  it('a deploy comes up, a change of health is in DNS within two ticks, and a removal ends', async () => {
    const cluster = await littleCluster({ settings: { dnsTtlSeconds: 1 } });
    const wakesLost = () => void cluster.wakes.take();
    /** What hosts tell wakes nobody; a tick wakes its loops, which wake no others. */
    const sweep = async () => {
      await cluster.hostsAct();
      wakesLost();
      await cluster.tick(false);
      for (const wake of cluster.wakes.take())
        if (wake.loop !== 'tick' && !('delaySeconds' in wake && wake.delaySeconds > 0))
          await cluster.loops[wake.loop]();
      wakesLost();
      await cluster.clock.advance(15_000);
    };
    const sweepsUntil = async (reached: () => boolean | Promise<boolean>) => {
      for (let sweeps = 0; sweeps < 40; sweeps += 1) {
        if (await reached()) return sweeps;
        await sweep();
      }
      throw new Error('it never was');
    };
    const targets = () => cluster.answers('SRV', '_http._tcp.web.shop').length;
    await cluster.put(stack({ web: service({ replicas: 2 }) }));
    expect(await sweepsUntil(() => targets() === 2)).toBeGreaterThan(1);
    cluster.behave('web', { phase: 'failed', health: 'unhealthy' });
    expect(await sweepsUntil(() => targets() === 0)).toBeLessThanOrEqual(2);
    cluster.behave('web', { phase: 'running', health: 'healthy' });
    await sweepsUntil(() => targets() === 2);
    await cluster.remove('shop');
    await sweepsUntil(async () => (await cluster.stacks.list()).length === 0);
    expect(await cluster.replicas()).toEqual([]);
  });
});

/** The tick decides nothing: whom it wakes, and when it keeps silent. */
import { describe, expect, it } from '@jest/globals';
import { tick } from '../../../functions/usecases/tick.ts';
import { fakeClock } from '../../support/fake-clock.ts';
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
      const wakes = recordedWakes();
      const load = () => Promise.reject(new Error('the table does not answer'));
      await expect(
        tick({ load, sweep: inMemorySweepStore(), wakes, clock: fakeClock(), zone: 'berth.internal' })({
          first,
        }),
      ).rejects.toThrow('the table does not answer');
      expect(wakes.take()).toEqual(sent);
    },
  );
});

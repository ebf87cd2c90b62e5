/** What the tick reads: the same as everybody, for half the units where there are many rows, and strongly where it writes. */
import { describe, expect, it } from '@jest/globals';
import { storesOver } from '../../../functions/handlers/shared/stores.ts';
import { head, host, lease, NOW, reportOf } from '../../support/builders.ts';
import { createDynamoModel } from '../../support/dynamo-model/dynamo-model.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { service, stack } from '../../support/stacks.ts';

/** Long enough that a page of them costs more than one unit. */
const REASON = 'so that the rows are long. '.repeat(40);

async function filled() {
  const dynamo = createDynamoModel();
  const stores = storesOver({ client: dynamo.client, table: 'berth', clock: fakeClock() });
  const hosts = Array.from({ length: 20 }, (_, index) => host(`n${index}`, { reason: REASON }));
  for (const one of hosts) {
    await stores.hosts.putHost(one, 0);
    await stores.hosts.putReport(reportOf(one, []), 0);
    await stores.hosts.putLease(lease(one, 0));
  }
  const spec = stack({ web: service() });
  const written = { createdAtMs: NOW, createdBy: 'ada' };
  await stores.stacks.createRevision({
    ...{ stack: 'shop', number: 1, digest: 'stack-1', spec, digests: { web: 'd1' } },
    ...written,
  });
  await stores.stacks.put(head(), 0);
  await stores.sweep.note({ sweptAtMs: NOW, freshFromMs: NOW });
  return { dynamo, stores };
}

describe('rows that are read eventually', () => {
  it('are the same in the end, and cost half', async () => {
    const { dynamo, stores } = await filled();
    dynamo.take();
    const strong = await stores.load();
    const strongUnits = dynamo.take();
    const late = await stores.loadEventually();
    const lateUnits = dynamo.take();
    expect(late).toEqual(strong);
    expect(strong.hosts).toHaveLength(20);
    expect(lateUnits.calls).toEqual(strongUnits.calls);
    for (const partition of ['HOSTS#0', 'DNS'])
      expect([partition, lateUnits.byPartition.get(partition)?.reads]).toEqual([
        partition,
        (strongUnits.byPartition.get(partition)?.reads ?? NaN) / 2,
      ]);
  });

  it('are not those that the tick writes on, nor a revision that a head names', async () => {
    const { dynamo, stores } = await filled();
    dynamo.take();
    await stores.load();
    const strong = dynamo.take().byPartition;
    // The revision is remembered by who has read it once.
    await stores.loadEventually();
    const late = dynamo.take().byPartition;
    for (const partition of ['LOOP', 'CLUSTER', 'STACK#shop'])
      expect([partition, late.get(partition)?.reads]).toEqual([partition, strong.get(partition)?.reads]);
    // Of three lists there the scale rows are read strongly: 0.5 + 0.5 + 1.
    expect([strong.get('STACKS')?.reads, late.get('STACKS')?.reads]).toEqual([3, 2]);
  });
});

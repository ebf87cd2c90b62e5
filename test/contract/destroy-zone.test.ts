/** The zone as `berth destroy` lists and empties it, over the Route 53 of the local cloud. */
import { expect, it } from '@jest/globals';
import { zoneParts } from '../../cli/destroy/aws/zone.ts';
import { change, gatewayForTests, ROOT } from './route53/gateway-for-tests.ts';

const gateway = gatewayForTests();
const names = (records: readonly { readonly name: string }[]): string[] => records.map(({ name }) => name);

it('deletes what it has listed, and says why when a set of it was changed meanwhile', async () => {
  const client = gateway.clientOf(ROOT);
  const zone = await zoneParts({
    region: 'us-east-1',
    credentials: () => Promise.resolve(ROOT),
    endpoint: () => gateway.endpoint,
  });
  await gateway.write(
    client,
    change('CREATE', '_berth-plan', 'TXT', '"plan=7"'),
    change('CREATE', 'h-1', 'A', '10.0.0.1'),
  );
  const listed = (await zone.records(gateway.zoneId))!.records;
  expect(names(listed)).toEqual(['_berth-plan.suite.internal', 'h-1.suite.internal']);

  await gateway.write(client, change('DELETE', 'h-1', 'A', '10.0.0.1'));
  expect(await zone.deleteRecords(gateway.zoneId, listed)).toMatch(
    /Tried to delete resource record set .*h-1\.suite\.internal.*not found/,
  );

  const left = (await zone.records(gateway.zoneId))!.records;
  expect(names(left)).toEqual(['_berth-plan.suite.internal']);
  expect(await zone.deleteRecords(gateway.zoneId, left)).toBeNull();
  expect((await zone.records(gateway.zoneId))?.records).toEqual([]);
  expect(await zone.records('ZNOBODY')).toBeNull();
});

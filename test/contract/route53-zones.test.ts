/** Which zones the gateway knows: those of the emulator, where CloudFormation makes them. */
import { describe, expect, it } from '@jest/globals';
import {
  ChangeResourceRecordSetsCommand,
  DeleteHostedZoneCommand,
  GetHostedZoneCommand,
} from '@aws-sdk/client-route-53';
import { waitUntil } from '../../local/wait-until.ts';
import { toSdkChange } from './route53/directory.ts';
import { gatewayForTests, refusal, ROOT } from './route53/gateway-for-tests.ts';

const gateway = gatewayForTests();
const { clientOf, write, read, truth } = gateway;

describe('zones', () => {
  it('are known as soon as they are asked for, and gone when the emulator has dropped them', async () => {
    const root = clientOf(ROOT);
    gateway.zoneId = await gateway.createZone(gateway.admin, 'fresh.internal');
    expect((await read(root)).ResourceRecordSets!.map((set) => set.Type)).toEqual(['NS', 'SOA']);
    expect(gateway.server.service.zones().some((zone) => zone.name === 'fresh.internal.')).toBe(true);
    await gateway.admin.send(new DeleteHostedZoneCommand({ Id: gateway.zoneId }));
    const isGone = () => Promise.resolve(truth() === undefined || undefined);
    await waitUntil(isGone, { what: 'the zone to be dropped', timeoutMs: 20_000 });
    expect(await refusal(read(root))).toBe('NoSuchHostedZone');
  });

  it('made by CloudFormation are found without a call', async () => {
    const template = {
      Resources: { Zone: { Type: 'AWS::Route53::HostedZone', Properties: { Name: 'stack.internal' } } },
    };
    const stack = { StackName: 'zone-stack', TemplateBody: JSON.stringify(template) };
    await gateway.emulator.query('cloudformation', { Action: 'CreateStack', ...stack });
    const found = () =>
      Promise.resolve(gateway.server.service.zones().find((zone) => zone.name === 'stack.internal.'));
    const zone = await waitUntil(found, { what: 'the zone of the stack', timeoutMs: 20_000 });
    expect(zone.at('stack.internal.').map((set) => set.type)).toEqual(expect.arrayContaining(['SOA', 'NS']));
  });

  it('that the model cannot hold are refused loudly, and keep no other zone out', async () => {
    const strange = await gateway.createZone(gateway.admin, 'strange.internal');
    const alias = { HostedZoneId: 'Z1', DNSName: 'x.', EvaluateTargetHealth: false };
    const ResourceRecordSet = { Name: 'a.strange.internal', Type: 'A', AliasTarget: alias } as const;
    const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet }] };
    await gateway.admin.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: strange, ChangeBatch }));
    const plain = await gateway.createZone(gateway.admin, 'plain.internal');
    await expect(gateway.server.service.refresh()).rejects.toThrow(
      'a record set that the model does not know',
    );
    expect(gateway.server.service.model.countSets(plain)).toBe(2);
    expect(gateway.server.service.model.countSets(strange)).toBeUndefined();
    const remove = [{ Action: 'DELETE' as const, ResourceRecordSet }];
    await gateway.admin.send(
      new ChangeResourceRecordSetsCommand({ HostedZoneId: strange, ChangeBatch: { Changes: remove } }),
    );
    for (const id of [strange, plain]) await gateway.admin.send(new DeleteHostedZoneCommand({ Id: id }));
  });

  it('can be made and removed through the gateway, which forwards what it does not play', async () => {
    const root = clientOf(ROOT);
    gateway.zoneId = await gateway.createZone(root, 'through.internal');
    const set = { name: 'x.through.internal', type: 'A', ttl: 10, values: ['10.0.0.1'] } as const;
    await write(root, toSdkChange({ action: 'CREATE', set }));
    const { HostedZone: zone, VPCs: vpcs } = await root.send(
      new GetHostedZoneCommand({ Id: gateway.zoneId }),
    );
    expect([zone!.Name, zone!.ResourceRecordSetCount, vpcs!.length]).toEqual(['through.internal.', 3, 1]);
    await root.send(new DeleteHostedZoneCommand({ Id: gateway.zoneId }));
    await gateway.server.service.refresh();
    expect(truth()).toBeUndefined();
  });
});

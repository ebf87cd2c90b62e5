/** What the gateway adds to the model: who may call, and what tests can do to it. */
import { describe, expect, it } from '@jest/globals';
import {
  ChangeResourceRecordSetsCommand,
  DeleteHostedZoneCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
} from '@aws-sdk/client-route-53';
import { waitUntil } from '../../local/wait-until.ts';
import { change, gatewayForTests, refusal, ROOT } from './route53/gateway-for-tests.ts';
import { ZONE_NAME } from './route53/suite.ts';

const gateway = gatewayForTests();
const { clientOf, write, read, control, truth } = gateway;

describe('who may call', () => {
  const zoneArn = 'arn:aws:route53:::hostedzone/';

  it('refuses an unsigned call, a wrong secret and an unknown key, and nothing changes', async () => {
    const writer = await gateway.emulator.user('unsigned', [
      { Effect: 'Allow', Action: 'route53:*', Resource: '*' },
    ]);
    const body =
      '<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes>' +
      `<Change><Action>UPSERT</Action><ResourceRecordSet><Name>a.${ZONE_NAME}</Name><Type>A</Type><TTL>1</TTL>` +
      '<ResourceRecords><ResourceRecord><Value>10.0.0.1</Value></ResourceRecord></ResourceRecords>' +
      '</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>';
    const unsigned = await fetch(`${gateway.endpoint}/2013-04-01/hostedzone/${gateway.zoneId}/rrset`, {
      method: 'POST',
      body,
    });
    expect(unsigned.status).toBe(403);
    const upsert = change('UPSERT', 'a', 'A', '10.0.0.1');
    const wrong = clientOf({ ...writer, secretAccessKey: 'wrong' });
    expect(await refusal(write(wrong, upsert))).toBe('SignatureDoesNotMatch');
    const unknown = clientOf({ accessKeyId: 'AKIA0000000000000000', secretAccessKey: 'x' });
    expect(await refusal(write(unknown, upsert))).toBe('InvalidClientTokenId');
    expect(truth()).toBe(2);
    expect(await refusal(write(clientOf(writer), upsert))).toBe('accepted');
    expect(truth()).toBe(3);
  });

  it('refuses a body that was changed on the way', async () => {
    const writer = await gateway.emulator.user('tampered', [
      { Effect: 'Allow', Action: 'route53:*', Resource: '*' },
    ]);
    const tampering = clientOf(writer);
    tampering.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body: string };
        request.body = request.body.replace('10.0.0.1', '10.0.0.2');
        return next(args);
      },
      { step: 'deserialize', priority: 'low' },
    );
    expect(await refusal(write(tampering, change('UPSERT', 'a', 'A', '10.0.0.1')))).toBe(
      'SignatureDoesNotMatch',
    );
    expect(truth()).toBe(2);
  });

  it('holds every caller to its policy, action by action and zone by zone', async () => {
    const other = await gateway.createZone(gateway.admin, 'other.internal');
    const reader = await gateway.emulator.user('reader', [
      { Effect: 'Allow', Action: 'route53:ListResourceRecordSets', Resource: zoneArn + gateway.zoneId },
    ]);
    const writer = await gateway.emulator.user('writer', [
      { Effect: 'Allow', Action: 'route53:ChangeResourceRecordSets', Resource: zoneArn + gateway.zoneId },
    ]);
    const [reading, writing] = [clientOf(reader), clientOf(writer)];
    expect(await refusal(write(reading, change('UPSERT', 'a', 'A', '10.0.0.1')))).toBe('AccessDenied');
    expect(truth()).toBe(2);
    const written = await write(writing, change('UPSERT', 'a', 'A', '10.0.0.1'));
    expect((await read(reading)).ResourceRecordSets).toHaveLength(3);
    expect(await refusal(read(writing))).toBe('AccessDenied');
    const id = written.ChangeInfo!.Id!;
    expect(await refusal(writing.send(new GetChangeCommand({ Id: id })))).toBe('AccessDenied');
    expect(await refusal(writing.send(new GetHostedZoneCommand({ Id: gateway.zoneId })))).toBe(
      'AccessDenied',
    );
    expect(await refusal(writing.send(new ListHostedZonesCommand({})))).toBe('AccessDenied');
    const elsewhere = new ListResourceRecordSetsCommand({ HostedZoneId: other });
    expect(await refusal(reading.send(elsewhere))).toBe('AccessDenied');
    await gateway.admin.send(new DeleteHostedZoneCommand({ Id: other }));
  });

  it('records every call with who made it and how it ended', async () => {
    const caller = await gateway.emulator.user('recorded', [
      { Effect: 'Allow', Action: 'route53:ChangeResourceRecordSets', Resource: '*' },
    ]);
    const client = clientOf(caller);
    await write(client, change('UPSERT', 'a', 'A', '10.0.0.1'));
    await refusal(write(client, change('CREATE', 'a', 'A', '10.0.0.1')));
    await refusal(read(client));
    const calls = (await control('GET calls')) as {
      accessKeyId: string;
      action: string;
      id: string;
      outcome: string;
    }[];
    const mine = calls.filter((call) => call.accessKeyId === caller.accessKeyId);
    expect(mine.map(({ action, id, outcome }) => [action, id, outcome])).toEqual([
      ['ChangeResourceRecordSets', gateway.zoneId, 'OK'],
      ['ChangeResourceRecordSets', gateway.zoneId, 'InvalidChangeBatch'],
      ['ListResourceRecordSets', gateway.zoneId, 'AccessDenied'],
    ]);
  });
});

describe('what the model does not know', () => {
  it.each([
    ['an alias', { AliasTarget: { HostedZoneId: 'Z1', DNSName: 'x.', EvaluateTargetHealth: false } }],
    ['a weight', { SetIdentifier: 'one', Weight: 1, TTL: 10, ResourceRecords: [{ Value: '10.0.0.1' }] }],
    ['a health check', { HealthCheckId: 'abc', TTL: 10, ResourceRecords: [{ Value: '10.0.0.1' }] }],
  ])('is refused, not ignored: %s', async (_, part) => {
    const set = { Name: `a.${ZONE_NAME}`, Type: 'A' as const, ...part };
    const ChangeBatch = { Changes: [{ Action: 'UPSERT' as const, ResourceRecordSet: set }] };
    const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: gateway.zoneId, ChangeBatch });
    expect(await refusal(clientOf(ROOT).send(command))).toBe('InvalidInput');
    expect(truth()).toBe(2);
  });
});

describe('the control path', () => {
  const upsert = change('UPSERT', 'a', 'A', '10.0.0.1');

  it('holds a writer until it is resumed: the other one commits first, and the fence stops the first', async () => {
    const root = clientOf(ROOT);
    const plan = (from: string, to: string, address: string) => [
      change('DELETE', 'plan', 'TXT', `"plan=${from}"`),
      change('CREATE', 'plan', 'TXT', `"plan=${to}"`),
      change('UPSERT', 'web', 'A', address),
    ];
    await write(root, change('CREATE', 'plan', 'TXT', '"plan=41"'));
    await control('POST pause', {});
    const late = refusal(write(root, ...plan('41', '42', '10.0.0.1')));
    const isHeld = async () => ((await control('GET held')) as unknown[]).length || undefined;
    await waitUntil(isHeld, { what: 'the writer to be held', timeoutMs: 20_000 });
    await write(root, ...plan('41', '42', '10.0.0.2'));
    expect(await control('POST resume')).toEqual({ resumed: 1 });
    expect(await late).toBe('InvalidChangeBatch');
    expect((await read(root)).ResourceRecordSets!.at(-1)!.ResourceRecords).toEqual([{ Value: '10.0.0.2' }]);
  });

  it('holds only the caller that is named', async () => {
    const root = clientOf(ROOT);
    await control('POST pause', { accessKeyId: 'somebody else' });
    expect(await refusal(write(root, upsert))).toBe('accepted');
    expect(await control('POST resume')).toEqual({ resumed: 0 });
  });

  it('loses a reply after the effect', async () => {
    const root = clientOf(ROOT);
    await control('POST lose-reply', { action: 'ChangeResourceRecordSets' });
    expect(await refusal(write(root, change('CREATE', 'a', 'A', '10.0.0.1')))).not.toBe('accepted');
    expect(truth()).toBe(3);
    expect(gateway.server.service.calls().at(-1)!.outcome).toBe('ReplyLost');
  });

  it('fails and throttles the next calls; the SDK tries again', async () => {
    await control('POST fail', {
      action: 'ListResourceRecordSets',
      code: 'ServiceUnavailable',
      status: 503,
      times: 2,
    });
    const once = clientOf(ROOT);
    expect(await refusal(read(once))).toBe('ServiceUnavailable');
    expect(await refusal(write(once, upsert))).toBe('accepted');
    expect(await refusal(read(once))).toBe('ServiceUnavailable');
    await control('POST throttle', { calls: 1 });
    expect(await refusal(read(once))).toBe('Throttling');
    await control('POST throttle', { calls: 1 });
    expect(await refusal(read(clientOf(ROOT, 3)))).toBe('accepted');
  });

  it('sets the propagation delay', async () => {
    const root = clientOf(ROOT);
    const status = async (id: string) =>
      (await root.send(new GetChangeCommand({ Id: id }))).ChangeInfo!.Status;
    await control('POST delay', { ms: 600_000 });
    const slow = await write(root, upsert);
    expect(await status(slow.ChangeInfo!.Id!)).toBe('PENDING');
    await control('POST delay', { ms: 200 });
    expect(await status(slow.ChangeInfo!.Id!)).toBe('PENDING');
  });

  it('refuses what it does not know', async () => {
    expect(await control('POST nonsense')).toContain('400');
    expect(await control('POST delay', {})).toContain('\\"ms\\" must be a number');
    expect(await control('POST fail', {})).toContain('\\"code\\" is missing');
  });
});

describe('a frozen emulator', () => {
  it('lets nobody through, and the zones stay', async () => {
    process.kill(gateway.emulator.pid, 'SIGSTOP');
    try {
      const waiting = read(clientOf(ROOT)).then(() => 'answered');
      const patience = new Promise<string>((resolve) => setTimeout(() => resolve('waiting'), 1500));
      expect(await Promise.race([waiting, patience])).toBe('waiting');
      expect(truth()).toBe(2);
      process.kill(gateway.emulator.pid, 'SIGCONT');
      expect(await waiting).toBe('answered');
    } finally {
      process.kill(gateway.emulator.pid, 'SIGCONT');
    }
  });
});

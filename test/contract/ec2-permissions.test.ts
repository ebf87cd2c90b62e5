/** Who may call the local EC2: real signatures and real policies, checked against an emulator with AUTH on. */
import { createHash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  CreateFleetCommand,
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Ministack } from '../support/ministack.ts';
import { startMinistack } from '../support/ministack.ts';
import type { Account } from './ec2/account.ts';
import { ACCOUNT, emulatedAccount, REGION, ROLE } from './ec2/account.ts';
import type { Ec2ForTests } from './ec2/server-for-tests.ts';
import { serveEc2 } from './ec2/server-for-tests.ts';
import { fleetInput } from './ec2/fleet-cases.ts';
import { launchInput, outcomeOf } from './ec2/subject.ts';

const arn = (resource: string) => `arn:aws:ec2:${REGION}:${ACCOUNT}:${resource}`;

/** What `provision` is granted (infra/constructs/functions/provision-function.ts), by what each statement is for. */
function grants(account: Account): Readonly<Record<string, object>> {
  const byTemplate = { ArnEquals: { 'ec2:LaunchTemplate': arn(`launch-template/${account.template}`) } };
  const owner = { 'aws:RequestTag/berth:cluster': 'test' };
  const created = ['instance/*', 'volume/*', 'network-interface/*'].map(arn);
  const allow = (Action: string, Resource: string | string[], Condition?: object) => ({
    Effect: 'Allow',
    Action,
    Resource,
    ...(Condition && { Condition }),
  });
  return {
    template: allow('ec2:RunInstances', arn('launch-template/*')),
    place: allow('ec2:RunInstances', [arn('subnet/*'), arn('security-group/*')], byTemplate),
    image: allow('ec2:RunInstances', `arn:aws:ec2:${REGION}::image/*`, {
      ...byTemplate,
      Bool: { 'ec2:IsLaunchTemplateResource': 'true' },
    }),
    created: allow('ec2:RunInstances', created, { ...byTemplate, StringEquals: owner }),
    fleet: allow('ec2:CreateFleet', [arn('fleet/*'), arn('instance/*')], { StringEquals: owner }),
    fleetParts: allow('ec2:CreateFleet', [
      ...['launch-template/*', 'subnet/*', 'security-group/*', 'volume/*', 'network-interface/*'].map(arn),
      `arn:aws:ec2:${REGION}::image/*`,
    ]),
    tags: allow('ec2:CreateTags', [...created, arn('fleet/*')], {
      StringEquals: { ...owner, 'ec2:CreateAction': ['RunInstances', 'CreateFleet'] },
    }),
    hostTag: allow('ec2:CreateTags', arn('instance/*'), {
      StringEquals: { 'aws:ResourceTag/berth:cluster': 'test' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['berth:host'] },
    }),
    role: allow('iam:PassRole', ROLE.arn, { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }),
    describe: allow('ec2:DescribeInstances', '*'),
    terminate: allow('ec2:TerminateInstances', arn('instance/*'), {
      StringEquals: { 'aws:ResourceTag/berth:cluster': 'test' },
    }),
  };
}

describe('callers of the local EC2', () => {
  let emulator: Ministack;
  let account: Account;
  let ec2: Ec2ForTests;
  let root: EC2Client;

  beforeAll(async () => {
    emulator = await startMinistack();
    account = await emulatedAccount(emulator);
  }, 60_000);
  beforeEach(async () => {
    ec2 = await serveEc2(emulator.endpoint, { timings: { describeLagMs: 0 } });
    root = ec2.clientOf({ accessKeyId: 'test', secretAccessKey: 'test' });
  });
  afterEach(() => ec2.close());
  afterAll(() => emulator.stop());

  const launch = (client: EC2Client, cluster = 'test') => {
    const tags = ['instance', 'volume', 'network-interface'] as const;
    const TagSpecifications = tags.map((ResourceType) => ({
      ResourceType,
      Tags: [{ Key: 'berth:cluster', Value: cluster }],
    }));
    return client.send(new RunInstancesCommand(launchInput(account, { TagSpecifications })));
  };
  const launchFleet = (client: EC2Client, cluster = 'test') => {
    const Tags = [{ Key: 'berth:cluster', Value: cluster }];
    const input = fleetInput(account, [['t3.small', account.subnetA]], 1, {
      TagSpecifications: [
        { ResourceType: 'fleet', Tags },
        { ResourceType: 'instance', Tags },
      ],
    });
    return client.send(new CreateFleetCommand(input));
  };
  const lastCall = () => ec2.service.model.calls.entries().at(-1)!;

  /** A session of a role with these statements, as a Lambda has. */
  async function sessionOf(role: string, statements: readonly object[]): Promise<EC2Client> {
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }],
    };
    const document = { Version: '2012-10-17', Statement: statements };
    await emulator.query('iam', {
      Action: 'CreateRole',
      RoleName: role,
      AssumeRolePolicyDocument: JSON.stringify(trust),
    });
    await emulator.query('iam', {
      Action: 'PutRolePolicy',
      RoleName: role,
      PolicyName: 'may',
      PolicyDocument: JSON.stringify(document),
    });
    const xml = await emulator.query('sts', {
      Action: 'AssumeRole',
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
      RoleSessionName: 'provision',
    });
    const field = (tag: string) => new RegExp(`<${tag}>([^<]+)<`).exec(xml)?.[1] ?? '';
    return ec2.clientOf({
      accessKeyId: field('AccessKeyId'),
      secretAccessKey: field('SecretAccessKey'),
      sessionToken: field('SessionToken'),
    });
  }

  it('refuses a wrong secret, an unknown key, another service’s signature and no signature at all', async () => {
    const user = await emulator.user('somebody', [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }]);
    const ask = (client: EC2Client) => outcomeOf(client.send(new DescribeInstancesCommand({})));
    expect(await ask(ec2.clientOf(user))).toBe('ok');
    expect(await ask(ec2.clientOf({ ...user, secretAccessKey: 'wrong' }))).toBe('AuthFailure');
    expect(await ask(ec2.clientOf({ ...user, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }))).toBe('AuthFailure');
    expect(lastCall()).toMatchObject({
      action: 'DescribeInstances',
      principal: 'unknown',
      outcome: 'AuthFailure',
    });
    const body = 'Action=DescribeInstances&Version=2016-11-15';
    const unsigned = await fetch(ec2.endpoint, { method: 'POST', body });
    expect([unsigned.status, await unsigned.text()]).toEqual([
      403,
      expect.stringContaining('MissingAuthenticationToken'),
    ]);
  });

  it('refuses a body that is not the signed one', async () => {
    const credentials = await emulator.user('careful', [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }]);
    const signer = new SignatureV4({ credentials, region: REGION, service: 'ec2', sha256: Sha256 });
    const body = 'Action=DescribeInstances&Version=2016-11-15';
    const host = new URL(ec2.endpoint).host;
    const headers = {
      host,
      'content-type': 'application/x-www-form-urlencoded',
      'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
    };
    const signed = await signer.sign(
      new HttpRequest({ method: 'POST', path: '/', hostname: host, headers, body }),
    );
    const send = async (sent: string) =>
      (await fetch(ec2.endpoint, { method: 'POST', headers: signed.headers, body: sent })).status;
    expect(await send(body)).toBe(200);
    expect(await send(`${body}&MaxResults=5`)).toBe(401);
  });

  it('lets a role with provision’s grants launch and terminate its own, and notes each grant that was used', async () => {
    const client = await sessionOf('provision', Object.values(grants(account)));
    const { Instances } = await launch(client);
    const principal = `arn:aws:sts::${ACCOUNT}:assumed-role/provision/provision`;
    expect(lastCall()).toMatchObject({ action: 'RunInstances', principal, outcome: 'ok' });
    const used = lastCall().used.map(({ action, resource }) => `${action} ${resource}`);
    expect(used).toContain(`iam:PassRole ${ROLE.arn}`);
    expect(used).toContain(`ec2:CreateTags ${arn('volume/*')}`);
    expect(used).toContain(`ec2:RunInstances ${arn(`subnet/${account.subnetA}`)}`);
    const InstanceIds = [Instances![0]!.InstanceId!];
    expect(await outcomeOf(client.send(new TerminateInstancesCommand({ InstanceIds })))).toBe('ok');
  });

  it.each(['template', 'place', 'image', 'created', 'tags', 'role'])(
    'refuses a launch without the grant for: %s',
    async (missing) => {
      const { [missing]: _left, ...rest } = grants(account);
      const client = await sessionOf(`without-${missing}`, Object.values(rest));
      expect(await outcomeOf(launch(client))).toBe('UnauthorizedOperation');
      expect(ec2.service.model.instances()).toHaveLength(0);
    },
  );

  it('lets that role launch fleets, and give the instances their hosts’ tags', async () => {
    const client = await sessionOf('fleets', Object.values(grants(account)));
    const { Instances } = await launchFleet(client);
    const used = lastCall().used.map(({ action, resource }) => `${action} ${resource}`);
    for (const one of ['CreateFleet', 'RunInstances'])
      expect(used).toContain(`ec2:${one} ${arn(`subnet/${account.subnetA}`)}`);
    expect(used).toContain(`ec2:CreateTags ${arn('fleet/*')}`);
    const Resources = Instances![0]!.InstanceIds!;
    const tag = (Key: string) =>
      outcomeOf(client.send(new CreateTagsCommand({ Resources, Tags: [{ Key, Value: 'h-1' }] })));
    expect([await tag('berth:host'), await tag('berth:cluster')]).toEqual(['ok', 'UnauthorizedOperation']);
  });

  it.each(['fleet', 'fleetParts', 'template', 'place', 'image', 'created', 'tags', 'role'])(
    'launches no fleet without the grant for: %s',
    async (missing) => {
      const { [missing]: _left, ...rest } = grants(account);
      const client = await sessionOf(`no-fleet-${missing}`, Object.values(rest));
      const answer = await launchFleet(client).catch((error: unknown) => (error as Error).name);
      const refusal = typeof answer === 'string' ? answer : answer.Errors?.[0]?.ErrorCode;
      expect(refusal).toBe('UnauthorizedOperation');
      expect(ec2.service.model.instances()).toHaveLength(0);
    },
  );

  it('refuses another owner’s tag, and to end or tag what is not the caller’s', async () => {
    const client = await sessionOf('owner', Object.values(grants(account)));
    expect(await outcomeOf(launch(client, 'other'))).toBe('UnauthorizedOperation');
    const { Instances } = await launch(root, 'other');
    const id = Instances![0]!.InstanceId!;
    expect(await outcomeOf(client.send(new TerminateInstancesCommand({ InstanceIds: [id] })))).toBe(
      'UnauthorizedOperation',
    );
    const Tags = [{ Key: 'berth:cluster', Value: 'test' }];
    expect(await outcomeOf(client.send(new CreateTagsCommand({ Resources: [id], Tags })))).toBe(
      'UnauthorizedOperation',
    );
  });

  it('passes everything else on to the emulator, which decides itself', async () => {
    const subnets = new DescribeSubnetsCommand({ SubnetIds: [account.subnetA] });
    const { Subnets } = await root.send(subnets);
    expect(Subnets![0]!.SubnetId).toBe(account.subnetA);
    expect(lastCall()).toMatchObject({ action: 'DescribeSubnets', outcome: 'forwarded 200' });
    const narrow = await sessionOf('narrow', [grants(account)['describe']!]);
    expect(await outcomeOf(narrow.send(subnets))).toBe('UnauthorizedOperation');
    expect(lastCall().outcome).toBe('forwarded 403');
    const Tags = [{ Key: 'mine', Value: 'yes' }];
    await root.send(new CreateTagsCommand({ Resources: [account.subnetA], Tags }));
    expect((await root.send(subnets)).Subnets![0]!.Tags).toContainEqual(Tags[0]);
  });

  it('refuses what neither it nor the emulator could answer truly', async () => {
    const stop = new StopInstancesCommand({ InstanceIds: ['i-0123456789abcdef0'] });
    expect(await outcomeOf(root.send(stop))).toBe('UnsupportedOperation');
  });

  it('says that the emulator does not answer, and goes on when it does again', async () => {
    const user = await emulator.user('patient', [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }]);
    const alone = await serveEc2('http://127.0.0.1:9');
    const ask = alone.clientOf(user).send(new DescribeInstancesCommand({}));
    expect(await outcomeOf(ask)).toBe('Unavailable');
    await alone.close();
    expect(await outcomeOf(ec2.clientOf(user).send(new DescribeInstancesCommand({})))).toBe('ok');
  });
});

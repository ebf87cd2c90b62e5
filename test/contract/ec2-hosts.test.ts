/** What happens behind the local EC2's answers: hosts, metadata, events, and the control path. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeInstancesCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createEmulatorClient } from '../../local/ec2/emulator/client.ts';
import { waitUntil } from '../../local/wait-until.ts';
import type { Ministack } from '../support/ministack.ts';
import { startMinistack } from '../support/ministack.ts';
import type { Account } from './ec2/account.ts';
import { ACCOUNT, emulatedAccount, REGION, ROLE, USER_DATA } from './ec2/account.ts';
import type { Ec2ForTests } from './ec2/server-for-tests.ts';
import { serveEc2 } from './ec2/server-for-tests.ts';
import { launchInput, outcomeOf } from './ec2/subject.ts';
import { zipOf } from './ec2/zip.ts';

const TIMINGS = { pendingMs: 50, shuttingDownMs: 50, describeLagMs: 0 };

describe('behind the local EC2', () => {
  let emulator: Ministack;
  let account: Account;
  let ec2: Ec2ForTests;
  let root: EC2Client;
  const log: string[] = [];

  beforeAll(async () => {
    emulator = await startMinistack();
    account = await emulatedAccount(emulator);
  }, 60_000);
  beforeEach(async () => {
    log.length = 0;
    ec2 = await serveEc2(emulator.endpoint, { timings: TIMINGS, log: (line) => log.push(line) });
    root = ec2.clientOf({ accessKeyId: 'test', secretAccessKey: 'test' });
  });
  afterEach(() => ec2.close());
  afterAll(() => emulator.stop());

  const launch = async () =>
    (await root.send(new RunInstancesCommand(launchInput(account)))).Instances![0]!.InstanceId!;
  const stateOf = (id: string) => ec2.service.model.instances().find((one) => one.id === id)?.state;
  const reaches = (id: string, state: string) =>
    waitUntil(() => Promise.resolve(stateOf(id) === state || undefined), {
      what: `${id} ${state}`,
      timeoutMs: 5000,
    });

  it('boots a host when the instance runs, and ends it with the instance', async () => {
    const id = await launch();
    expect(ec2.metal.booted).toHaveLength(0);
    await reaches(id, 'running');
    await ec2.service.idle();
    expect(ec2.metal.booted).toEqual([
      {
        instanceId: id,
        instanceType: 't3.small',
        architecture: 'x86_64',
        address: '10.77.9.11',
        hostname: 'ip-10-77-9-11.ec2.internal',
        userData: USER_DATA,
        cpuMillis: 2000,
        memoryBytes: 2 * 1024 ** 3,
      },
    ]);
    await root.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await reaches(id, 'terminated');
    await ec2.service.idle();
    expect(ec2.metal.ended).toEqual([id]);
  });

  it('never boots a host for an instance that was terminated while pending', async () => {
    ec2.service.model.setTimings({ pendingMs: 10_000 });
    const id = await launch();
    await root.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await reaches(id, 'terminated');
    await ec2.service.idle();
    expect(ec2.metal.booted).toHaveLength(0);
  });

  it('gives the instance up when its host does not boot', async () => {
    ec2.metal.failNext('no space left');
    const id = await launch();
    await reaches(id, 'terminated');
    const found = await root.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    expect(found.Reservations![0]!.Instances![0]!.StateReason!.Code).toBe('Server.InternalError');
    expect(log).toContainEqual(expect.stringContaining('no space left'));
  });

  it('knows an instance by its address for the metadata service, as long as it lives', async () => {
    const id = await launch();
    const known = ec2.service.metadata.describe('10.77.9.11');
    expect(known).toMatchObject({
      instanceId: id,
      accountId: ACCOUNT,
      region: REGION,
      zone: 'us-east-1a',
      imageId: account.image,
      role: ROLE,
      userData: USER_DATA,
      tags: { 'berth:cluster': 'test' },
    });
    expect(Object.keys(known!.tags!)).toEqual(['berth:cluster']);
    expect(ec2.service.metadata.describe('10.77.9.12')).toBeUndefined();
    await root.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await reaches(id, 'terminated');
    expect(ec2.service.metadata.describe('10.77.9.11')).toBeUndefined();
  });

  it('delivers each change of state to the Lambda targets of matching rules', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-events-'));
    const heard = join(folder, 'heard');
    const lambda = new LambdaClient({
      endpoint: emulator.endpoint,
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const code = `exports.handler = async (event) => {
      require('node:fs').appendFileSync(process.env.HEARD, JSON.stringify(event) + '\\n');
    };`;
    const created = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'events',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: ROLE.arn,
        Code: { ZipFile: zipOf('index.js', code) },
        Environment: { Variables: { HEARD: heard } },
      }),
    );
    lambda.destroy();
    const client = createEmulatorClient({ endpoint: emulator.endpoint, region: REGION });
    const rule = (Name: string, pattern: object) =>
      client.json('events', 'AWSEvents.PutRule', { Name, EventPattern: JSON.stringify(pattern) });
    const pattern = { source: ['aws.ec2'], 'detail-type': ['EC2 Instance State-change Notification'] };
    await rule('all-states', { ...pattern, detail: { state: ['running', 'shutting-down', 'terminated'] } });
    await rule('of-others', { source: ['aws.ecr'] });
    for (const Rule of ['all-states', 'of-others'])
      await client.json('events', 'AWSEvents.PutTargets', {
        Rule,
        Targets: [{ Id: 'one', Arn: created.FunctionArn }],
      });

    const id = await launch();
    await reaches(id, 'running');
    await root.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await reaches(id, 'terminated');
    const events = await waitUntil(
      async () => {
        const lines = (await readFile(heard, 'utf8').catch(() => '')).trim().split('\n');
        return lines.length >= 3
          ? lines.map((line) => JSON.parse(line) as Record<string, unknown>)
          : undefined;
      },
      { what: 'three events', timeoutMs: 20_000 },
    );
    await rm(folder, { recursive: true });
    const states = events.map((event) => (event['detail'] as { state: string }).state).sort();
    expect(states).toEqual(['running', 'shutting-down', 'terminated']);
    expect(events[0]).toMatchObject({
      source: 'aws.ec2',
      'detail-type': 'EC2 Instance State-change Notification',
      account: ACCOUNT,
      region: REGION,
      resources: [`arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${id}`],
    });
    expect(log).toEqual([]);
  }, 60_000);

  it('takes commands of tests on the control path, and says what is wrong with one', async () => {
    const control = async (method: string, command: string, body?: object) => {
      const init = { method, ...(body && { body: JSON.stringify(body) }) };
      const reply = await fetch(`${ec2.endpoint}/_berth/ec2/${command}`, init);
      return { status: reply.status, answer: await reply.json() };
    };
    await control('POST', 'fail', { action: 'DescribeInstances', code: 'InternalError' });
    expect(await outcomeOf(root.send(new DescribeInstancesCommand({})))).toBe('InternalError');
    await control('POST', 'capacity', { instanceType: 't3.small', zone: 'us-east-1a', forMs: 60_000 });
    expect(await outcomeOf(launch())).toBe('InsufficientInstanceCapacity');
    await control('POST', 'clear');
    await control('POST', 'lose-reply', { action: 'RunInstances' });
    expect(await outcomeOf(launch())).not.toBe('ok');
    const { answer } = await control('GET', 'instances');
    expect(answer).toEqual([expect.objectContaining({ state: expect.any(String), tags: expect.anything() })]);
    const { answer: calls } = await control('GET', 'calls');
    expect(calls).toMatchObject([
      { outcome: 'InternalError' },
      { outcome: 'InsufficientInstanceCapacity' },
      { outcome: 'ReplyLostError' },
    ]);
    expect(await control('POST', 'timings', { pendingMs: -1 })).toMatchObject({ status: 400 });
    expect(await control('POST', 'fail', { action: 'RunInstances' })).toMatchObject({ status: 400 });
    expect(await control('POST', 'nonsense', {})).toMatchObject({ status: 400 });
  });
});

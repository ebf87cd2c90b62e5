/** Names of a network that is there already, looked up by the CDK command itself, in an account of the emulator. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { resourcesOf, type TemplateShape } from '../support/berth-template.ts';
import { clientOptions } from '../support/client-options.ts';
import { startMinistack, type Ministack } from '../support/ministack.ts';

const run = promisify(execFile);
const CDK_LOCAL = join(
  dirname(createRequire(import.meta.url).resolve('aws-cdk-local/package.json')),
  'bin/cdklocal',
);
const PROJECT = join(import.meta.dirname, '../..');
const NETWORK = join(import.meta.dirname, 'network/app.ts');
const BERTH = join(PROJECT, 'infra/app.ts');
const TIMEOUT_MS = 180_000;

let emulator: Ministack;
let folder = '';
const made = { vpc: '', subnets: [] as string[], group: '' };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-lookup-'));
  copyFileSync(join(PROJECT, 'cdk.json'), join(folder, 'cdk.json'));
  emulator = await startMinistack();
  const ec2 = new EC2Client(clientOptions(emulator));
  const named = (ResourceType: 'vpc' | 'subnet', Value: string) => ({
    TagSpecifications: [{ ResourceType, Tags: [{ Key: 'Name', Value }] }],
  });
  const { Vpc } = await ec2.send(
    new CreateVpcCommand({ CidrBlock: '10.9.0.0/16', ...named('vpc', 'shared') }),
  );
  made.vpc = Vpc?.VpcId ?? '';
  for (const [index, name] of ['apps-a', 'team/apps-b', 'databases'].entries()) {
    const CidrBlock = `10.9.${index}.0/24`;
    const subnet = { VpcId: made.vpc, CidrBlock, ...named('subnet', name) };
    const { Subnet } = await ec2.send(new CreateSubnetCommand(subnet));
    made.subnets.push(Subnet?.SubnetId ?? '');
  }
  const group = { GroupName: 'apps', Description: 'of apps', VpcId: made.vpc };
  made.group = (await ec2.send(new CreateSecurityGroupCommand(group))).GroupId ?? '';
  ec2.destroy();
}, TIMEOUT_MS);

afterAll(async () => {
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
}, TIMEOUT_MS);

/** The app's template, as `cdk deploy` makes it before it deploys; cdk.context.json is written where it runs. */
async function synthesise(app: string, ...context: string[]): Promise<TemplateShape> {
  const out = mkdtempSync(join(folder, 'out-'));
  const flags = context.flatMap((one) => ['-c', one]);
  await run(
    process.execPath,
    [CDK_LOCAL, 'synth', '--quiet', '--app', `${process.execPath} ${app}`, '--output', out, ...flags],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        CI: 'true',
        CDK_HOME: folder,
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        AWS_ENDPOINT_URL: emulator.endpoint,
        AWS_ENDPOINT_URL_S3: emulator.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  const name = readdirSync(out).find((one) => one.endsWith('.template.json')) ?? '';
  return JSON.parse(readFileSync(join(out, name), 'utf8')) as TemplateShape;
}

const NAMES = ['vpc=shared', 'subnets=apps-a,team/apps-b', 'securityGroups=apps'];

describe('a network by names', () => {
  it(
    'is found by the CDK command: the VPC and subnets by their tag, the group by its name',
    async () => {
      const { Outputs } = await synthesise(NETWORK, ...NAMES);
      expect(Outputs).toMatchObject({
        Vpc: { Value: made.vpc },
        Subnets: { Value: made.subnets.slice(0, 2).join(',') },
        Group2: { Value: made.group },
      });
      rmSync(join(folder, 'cdk.context.json')); // the next one asks again
    },
    TIMEOUT_MS,
  );

  it(
    'is taken by the whole app: hosts go there, and no VPC is made',
    async () => {
      const template = await synthesise(BERTH, ...NAMES);
      expect(template.Outputs['VpcId']?.Value).toBe(made.vpc);
      expect(resourcesOf(template, 'AWS::EC2::VPC')).toEqual({});
      expect(resourcesOf(template, 'AWS::Lambda::Function')['Provision']?.Properties).toMatchObject({
        Environment: { Variables: { SUBNET_IDS: made.subnets.slice(0, 2).join(',') } },
      });
    },
    TIMEOUT_MS,
  );

  it(
    'that is not there ends the command, and says so',
    async () => {
      await expect(synthesise(NETWORK, 'vpc=nowhere', 'subnets=apps-a')).rejects.toThrow(
        /Could not find any VPCs/,
      );
      await expect(synthesise(NETWORK, 'vpc=shared', 'subnets=apps-c')).rejects.toThrow(
        /no subnet groups with name 'apps-c'.*apps-a/,
      );
    },
    TIMEOUT_MS,
  );
});

/** One host more, asked for by a stack that none of those present has room for; and the ways in which that may go wrong. */
import { readdirSync, readFileSync } from 'node:fs';
import {
  CreateLaunchTemplateVersionCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { EventView, HostView } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { ROOT_KEYS } from '../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../local/plan.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { call } from './calls.ts';
import { controlEc2 } from './control.ts';
import { TEST_IMAGE } from './images.ts';
import { eventsOf, hostViews } from './stacks.ts';
import { backdate } from './table.ts';

interface Ec2Instance {
  readonly id: string;
  readonly state: string;
  readonly clientToken?: string;
  readonly tags: Readonly<Record<string, string>>;
}

const asRoot = ({ plan }: Cloud, port: number) => ({
  region: plan.region,
  endpoint: loopbackEndpoint(port),
  credentials: ROOT_KEYS,
});

/** What came of asking for one host more. */
export interface Growth {
  /** Rows that were not there before. */
  readonly hosts: readonly HostView[];
  /** Instances that EC2 made meanwhile, whatever has become of them. */
  readonly instances: readonly Ec2Instance[];
  /** Decisions about those hosts, oldest first. */
  readonly events: readonly EventView[];
}

/** Most of a host's memory: two such replicas never share one. */
const CROWD_SHARE = 0.7;

/** Asks for one host more by PUT of `stack`, whose replicas fill whatever host is not filled by an earlier one's. */
export async function askForHost(cloud: Cloud, stack: string) {
  const rowsBefore = await hostViews(cloud);
  const instancesBefore = await instancesOf(cloud);
  const known = new Set([...rowsBefore.map(({ host }) => host), ...instancesBefore.map(({ id }) => id)]);
  const growth = async (): Promise<Growth> => {
    const hosts = (await hostViews(cloud)).filter(({ host }) => !known.has(host));
    const ids = new Set(hosts.map(({ host }) => host));
    return {
      hosts,
      instances: (await instancesOf(cloud)).filter(({ id }) => !known.has(id)),
      events: (await eventsOf(cloud)).filter(
        ({ subject, code }) => ids.has(subject) && code.startsWith('host-'),
      ),
    };
  };
  await put(cloud, stack, crowd(rowsBefore));
  return {
    growth,
    /** Resolves with the first thing that `found` sees in the growth. */
    until: <T>(what: string, found: (seen: Growth) => T | Promise<T>, timeoutMs = 120_000) =>
      waitUntil<NonNullable<T>>(async () => (await found(await growth())) ?? undefined, {
        what,
        timeoutMs,
        everyMs: 500,
      }),
  };
}

/** One replica for each host that has room for one, and one more. */
function crowd(hosts: readonly HostView[]): string {
  const ready = hosts.filter(({ state }) => state === 'ready');
  const bytes = Math.floor(Math.max(...ready.map(({ memoryBytes }) => memoryBytes.total)) * CROWD_SHARE);
  const roomy = ready.filter(({ memoryBytes }) => memoryBytes.total - memoryBytes.reserved >= bytes);
  return `
services:
  web:
    image: ${TEST_IMAGE}
    stop_grace_period: 1s
    deploy: { replicas: ${String(roomy.length + 1)}, resources: { reservations: { memory: ${String(bytes)}b } } }
`;
}

async function put(cloud: Cloud, stack: string, body: string): Promise<void> {
  const path = `/v1/stacks/${stack}`;
  const answer = await call(cloud, { method: 'PUT', path, type: 'application/yaml', body });
  if (answer.status !== 200) throw new Error(answer.text);
}

export const instancesOf = (cloud: Cloud): Promise<readonly Ec2Instance[]> =>
  controlEc2(cloud, 'GET instances') as Promise<readonly Ec2Instance[]>;

/** Runs a loop so many times: what the next minutes' ticks would do. */
export async function runLoop(cloud: Cloud, loop: 'Provision' | 'Register', times = 1): Promise<void> {
  const client = new LambdaClient(asRoot(cloud, cloud.plan.ports.relay));
  for (let time = 0; time < times; time += 1) {
    const Payload = Buffer.from(JSON.stringify({ why: 'a test looks again', sentAtMs: Date.now() }));
    const FunctionName = cloud.outputs[`${loop}Function`];
    const { FunctionError } = await client.send(new InvokeCommand({ FunctionName, Payload }));
    if (FunctionError !== undefined) throw new Error(`${loop} failed: ${FunctionError}`);
  }
  client.destroy();
}

/**
 * Kills the provision function (SIGKILL of its processes) in the moment in which RunInstances has taken effect and has
 * not been answered. Resolves with how many processes died of it.
 */
export function killProvisionInLaunch(cloud: Cloud): Promise<number> {
  return new Promise((resolve) => {
    let armed = true;
    cloud.ec2.model.onStateChange(({ state }) => {
      if (!armed || state !== 'pending') return;
      armed = false;
      const pids = workersOf(cloud, cloud.outputs['ProvisionFunction'] ?? '');
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      resolve(pids.length);
    });
  });
}

/** Processes that run a function: the emulator unpacks each into a folder named after it. */
export function workersOf(cloud: Pick<Cloud, 'plan'>, functionName: string): number[] {
  const folder = `${cloud.plan.paths.temporary}/ministack-lambda-${functionName}-`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandOf(pid).includes(folder))
    .map(Number);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}

/** The lease of a loop whose run has died is over now, not only after 30 seconds. */
export const expireLease = (cloud: Cloud, loop: string): Promise<void> =>
  backdate(cloud, { pk: 'LOOP', sk: loop }, 'expiresAtMs');

type HostArchitecture = 'x86_64' | 'arm64';
const OWN: HostArchitecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';

/** The newest version of an architecture's launch template. */
async function newestTemplate(client: EC2Client, cloud: Cloud, architecture: HostArchitecture) {
  const LaunchTemplateId =
    cloud.outputs[architecture === 'arm64' ? 'LaunchTemplateArm' : 'LaunchTemplateX86'];
  const { LaunchTemplateVersions: [newest] = [] } = await client.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['$Latest'] }),
  );
  const data = newest?.LaunchTemplateData as RequestLaunchTemplateData | undefined;
  return { LaunchTemplateId, data, userData: Buffer.from(data?.UserData ?? '', 'base64').toString() };
}

/** What hosts of an architecture run at their first boot. */
export async function userDataOf(cloud: Cloud, architecture: HostArchitecture): Promise<string> {
  const client = new EC2Client(asRoot(cloud, cloud.plan.ports.ec2));
  const { userData } = await newestTemplate(client, cloud, architecture);
  client.destroy();
  return userData;
}

/** Gives the launch template of this machine's hosts a newer version with other user data. Resolves with the old text. */
export async function changeUserData(cloud: Cloud, change: (text: string) => string): Promise<string> {
  const client = new EC2Client(asRoot(cloud, cloud.plan.ports.ec2));
  try {
    const { LaunchTemplateId, data, userData } = await newestTemplate(client, cloud, OWN);
    const UserData = Buffer.from(change(userData)).toString('base64');
    const LaunchTemplateData = { ...data, UserData };
    await client.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData }));
    return userData;
  } finally {
    client.destroy();
  }
}

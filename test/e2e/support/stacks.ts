/** Stacks as a user handles them: through the command line, a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterSettings, EventList, EventView, HostView, Replica } from '../../../contract/http-api.ts';
import { berthLive } from '../../../local/berth.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { signedFetch } from '../../../local/signed-fetch.ts';
import { waitUntil } from '../../../local/wait-until.ts';

type Target = Pick<Cloud, 'plan' | 'endpoint'>;

export interface Said {
  readonly code: number;
  /** Standard output and standard error, in the order in which they came. */
  readonly text: string;
}

/** Runs a command to its end, whatever that is. */
export async function cli(cloud: Target, ...args: string[]): Promise<Said> {
  let text = '';
  const code = await berthLive(cloud, args, (more) => (text += more));
  return { code, text };
}

/** `berth deploy` of a Compose text; waits until it has ended. */
export async function deploy(cloud: Target, compose: string, ...options: string[]): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-e2e-'));
  try {
    const file = join(folder, 'compose.yaml');
    writeFileSync(file, compose);
    return await cli(cloud, 'deploy', '-f', file, ...options);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A deploy that must end CONVERGED. @throws Error with what the command said */
export async function deployed(cloud: Target, compose: string): Promise<string> {
  const { code, text } = await deploy(cloud, compose, '--timeout', '180s');
  if (code !== 0) throw new Error(`the deploy ended with code ${code}:\n${text}`);
  return text;
}

/** Removes a stack and waits until nothing of it is left; no such stack is no error. Resolves with what was said. */
export async function removed(cloud: Target, stack: string): Promise<string> {
  const { code, text } = await cli(cloud, 'rm', stack, '--yes', '--timeout', '180s');
  if (code !== 0 && !text.includes('there is no stack'))
    throw new Error(`the removal ended with code ${code}:\n${text}`);
  return text;
}

/** One call of the API as the account's root: quicker than a command, for looks that are repeated. */
export async function api<T>(cloud: Target, path: string, method = 'GET', body?: unknown): Promise<T> {
  const request = { method, url: `${cloud.endpoint}${path}`, ...(body !== undefined && { body }) };
  return JSON.parse(await signedFetch(cloud.plan.region, request)) as T;
}

/** Has a stack removed, and goes on: it takes a TTL and more, in which other cases can do something. */
export async function leave(cloud: Target, stack: string): Promise<void> {
  await api(cloud, `/v1/stacks/${stack}`, 'DELETE');
}

export const replicasOf = (cloud: Target, stack: string): Promise<Replica[]> =>
  api(cloud, `/v1/stacks/${stack}/replicas`);

/** Changes settings of the cluster. Resolves with the way back. */
export async function withSettings(
  cloud: Target,
  patch: Partial<ClusterSettings>,
): Promise<() => Promise<void>> {
  const before = await api<ClusterSettings>(cloud, '/v1/cluster');
  await api(cloud, '/v1/cluster', 'PATCH', patch);
  const changed = Object.entries(before).filter(([key]) => Object.hasOwn(patch, key));
  return async () => {
    await api(cloud, '/v1/cluster', 'PATCH', Object.fromEntries(changed));
  };
}

export const hostViews = (cloud: Target): Promise<HostView[]> => api(cloud, '/v1/hosts');

/** All decisions so far, oldest first. */
export async function eventsOf(cloud: Target): Promise<readonly EventView[]> {
  const { events } = await api<EventList>(cloud, '/v1/events?limit=1000');
  return events;
}

/** Nothing is on its way: every replica of every stack runs, is healthy, and has no second task beside it. */
export async function calm(cloud: Target): Promise<void> {
  const check = async (): Promise<true | undefined> => {
    const all = await api<Replica[]>(cloud, '/v1/replicas');
    const names = new Set(all.map((each) => `${each.stack} ${each.replica}`));
    const healthy = all.every((each) => each.phase === 'running' && each.health === 'healthy');
    return (healthy && names.size === all.length) || undefined;
  };
  await waitUntil(check, { what: 'every replica to be healthy', timeoutMs: 180_000, everyMs: 500 });
}

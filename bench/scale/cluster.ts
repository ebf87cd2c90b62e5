/** A cluster of so many hosts: its agents, and what goes on between them and the control plane until nothing is left to do. */
import type { StackSpec } from '../../contract/stack-spec.ts';
import { DEFAULT_SETTINGS } from '../../functions/core/model/cluster.ts';
import type { PoolSpec } from '../../functions/core/model/pool.ts';
import type { HttpRequest } from '../../functions/platform/middy/http.ts';
import type { LoopName } from '../../functions/usecases/ports.ts';
import { beat, poll, register, report, type Agent } from './agents.ts';
import { createControlPlane, type ControlPlane } from './control-plane.ts';
import { INSTANCE_TYPE, launchHosts } from './hosts.ts';
import { ZONE_SETS_MAX } from './prices.ts';
import { measure, NOTHING, plus, type Cost } from './stopwatch.ts';

/** Agents beat each minute: within that the bench's clock never passes one by. */
const BEAT_MS = 45_000;
/** After it a new host is no longer one. */
const SETTLED_MS = 121_000;
/** Of loops until nothing is left to do. More is a cluster that does not settle. */
const RUNS_MAX = 400;

export interface Cluster {
  readonly plane: ControlPlane;
  readonly agents: readonly Agent[];
  heardAtMs: number;
}

export type LoopCosts = Readonly<Record<LoopName, { readonly runs: number; readonly cost: Cost }>>;

/** Each host has a record, and so has each service: from some 7,000 hosts on an account needs AWS to raise its quota. */
export async function createCluster(hosts: number): Promise<Cluster> {
  const plane = createControlPlane(Math.max(ZONE_SETS_MAX, 2 * hosts));
  const pool: PoolSpec = {
    instanceTypes: [INSTANCE_TYPE],
    ...{ zones: [], subnets: [], labels: {}, taints: [] },
    ...{ hostsMin: hosts, hostsMax: hosts },
    ...{ headroom: null, budgetPerHour: null, registrationDeadlineMs: null },
  };
  await plane.configure({
    ...DEFAULT_SETTINGS,
    pool: { instanceType: INSTANCE_TYPE, architecture: 'arm64', hostsMax: hosts },
    pools: { default: pool },
  });
  const agents = await launchHosts(plane, hosts);
  const cluster: Cluster = { plane, agents, heardAtMs: 0 };
  for (const agent of agents) {
    await register(plane, agent);
    await poll(plane, agent);
    await report(plane, agent);
  }
  await plane.clock.sleep(SETTLED_MS);
  await beatAll(cluster);
  return cluster;
}

export async function beatAll(cluster: Cluster): Promise<void> {
  for (const agent of cluster.agents) await beat(cluster.plane, agent);
  cluster.heardAtMs = cluster.plane.clock.nowMs();
}

/** Agents fetch what is new for them and report it. Resolves with how many did. */
export async function agentsFollow({ plane, agents }: Cluster): Promise<number> {
  let told = 0;
  const generations = new Map(
    (await plane.ports.hosts.listManifests()).map(({ host, generation }) => [host, generation]),
  );
  for (const agent of agents) {
    // Others are not rung, and what they ask meanwhile is counted with a cluster at rest.
    if (generations.get(agent.host.id) === agent.manifest?.generation) continue;
    if ((await poll(plane, agent)) && (await report(plane, agent))) told += 1;
  }
  return told;
}

/** Lets everybody work until nobody is woken any more. @throws Error when that takes too long */
export async function settle(cluster: Cluster): Promise<LoopCosts> {
  const { plane } = cluster;
  const costs = { reconcile: none(), register: none(), provision: none() };
  for (let run = 0; run < RUNS_MAX; run += 1) {
    const wake = plane.wakes.next();
    if (wake === null) return costs;
    await plane.clock.sleep(Math.max(0, wake.atMs - plane.clock.nowMs()));
    const { runs, cost } = costs[wake.loop];
    const last = await measure(plane, () => plane.loops[wake.loop]());
    costs[wake.loop] = { runs: runs + 1, cost: plus(cost, last) };
    await agentsFollow(cluster);
    if (plane.clock.nowMs() - cluster.heardAtMs > BEAT_MS) await beatAll(cluster);
  }
  throw new Error(`the cluster is not at rest after ${RUNS_MAX} runs of its loops`);
}

const none = () => ({ runs: 0, cost: NOTHING });

export const putStack = ({ plane }: Cluster, spec: StackSpec): Promise<unknown> =>
  plane.api(operatorsRequest('PUT', spec.name, Buffer.from(JSON.stringify(spec))));

export const deleteStack = ({ plane }: Cluster, name: string): Promise<unknown> =>
  plane.api(operatorsRequest('DELETE', name, Buffer.alloc(0)));

const operatorsRequest = (method: string, stack: string, body: Buffer): HttpRequest => ({
  route: `${method} /v1/stacks/{stack}`,
  path: `/v1/stacks/${stack}`,
  parameters: { stack },
  query: {},
  headers: { 'content-type': 'application/json' },
  body,
  caller: { accountId: '000000000000', arn: 'arn:aws:iam::000000000000:user/ada', userId: 'AIDAADA' },
  sourceIp: '10.0.0.9',
  invocation: { requestId: 'bench', remainingMs: () => 10_000 },
});

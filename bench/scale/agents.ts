/** Agents as calls of the agents' routes: each takes what its manifest says, and reports it as running and healthy. */
import type { Beat, Manifest, Registration, Report } from '../../contract/agent-protocol.ts';
import type { HttpReply, HttpRequest } from '../../functions/platform/middy/http.ts';
import type { Host } from '../../functions/core/model/host.ts';
import { AGENT_VERSION, HOST_ROLE, type ControlPlane } from './control-plane.ts';

export interface Agent {
  readonly host: Host;
  readonly address: string;
  readonly bootId: string;
  manifest: Manifest | null;
  told: string;
  reports: number;
  beats: number;
  neighbours: readonly string[];
}

const GIB = 2 ** 30;
const CAPACITY = { cpuMillis: 2000, memoryBytes: 8 * GIB, pids: 30_000, diskBytes: 30 * GIB };

export const agentOf = (host: Host, address: string): Agent => ({
  host,
  address,
  bootId: `boot-of-${host.id}`,
  ...{ manifest: null, told: '', reports: 0, beats: 0, neighbours: [] },
});

export async function register(plane: ControlPlane, agent: Agent): Promise<void> {
  const { host, address, bootId } = agent;
  const body: Registration = {
    instanceId: host.instanceId ?? '',
    bootId,
    agentVersion: AGENT_VERSION,
    address,
    zone: host.zone ?? '',
    instanceType: host.launch.instanceType,
    architecture: host.launch.architecture,
    capacity: CAPACITY,
    docker: { version: '28.0.0', apiVersion: '1.48', cgroupVersion: '2', storageDriver: 'overlay2' },
  };
  await ask(plane, agent, 'POST', 'registration', { body });
  const caller = { host: host.id, instanceId: host.instanceId ?? '' };
  const connectedAtMs = plane.clock.nowMs();
  await plane.doorbell.open(caller, { connection: `connection-of-${host.id}=`, connectedAtMs });
}

/** True: the manifest is another one now. */
export async function poll(plane: ControlPlane, agent: Agent): Promise<boolean> {
  const known = agent.manifest?.generation;
  const headers: Record<string, string> = known === undefined ? {} : { 'if-none-match': `"${known}"` };
  const { status, body } = await ask(plane, agent, 'GET', 'manifest', { headers });
  if (status === 304) return false;
  agent.manifest = body as Manifest;
  return true;
}

/** False: there was nothing to tell. */
export async function report(plane: ControlPlane, agent: Agent): Promise<boolean> {
  const { manifest } = agent;
  if (manifest === null) return false;
  const tasks = manifest.assignments.map(({ task, wanted }) => ({
    task,
    phase: wanted === 'stop' ? ('stopped' as const) : ('running' as const),
    health: wanted === 'stop' ? ('starting' as const) : ('healthy' as const),
    attempt: 1,
    containerId: task.padEnd(64, '0').slice(0, 64),
  }));
  const now = JSON.stringify([manifest.generation, tasks]);
  if (now === agent.told) return false;
  agent.told = now;
  const body: Report = {
    bootId: agent.bootId,
    seq: (agent.reports += 1),
    agentVersion: AGENT_VERSION,
    generation: manifest.generation,
    dockerAnswers: true,
    tasks,
    images: ['registry.internal/shop/web:1.42.0'],
  };
  await ask(plane, agent, 'PUT', 'report', { body });
  return true;
}

export async function beat(plane: ControlPlane, agent: Agent): Promise<void> {
  const { manifest } = agent;
  const body: Beat = {
    bootId: agent.bootId,
    seq: (agent.beats += 1),
    agentVersion: AGENT_VERSION,
    generation: manifest?.generation ?? 0,
    reportSeq: agent.reports,
    ...{ cpuPercent: 41.5, memoryPercent: 37.25, diskPercent: 22.5 },
    tasks: (manifest?.assignments ?? []).map(({ task }) => ({
      ...{ task, cpuMillis: 34, memoryBytes: 83_886_080, networkBytesPerSecond: 20_480 },
      ...{ diskBytesPerSecond: 4096, cpuPressurePercent: 0.25, memoryPressurePercent: 0 },
    })),
    silent: [],
    answering: [...agent.neighbours],
  };
  const { body: reply } = await ask(plane, agent, 'POST', 'beat', { body });
  agent.neighbours = (reply as { neighbours: { host: string }[] }).neighbours.map(({ host }) => host);
}

async function ask(
  { agentApi, counter }: ControlPlane,
  { host, address }: Agent,
  method: string,
  what: string,
  more: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> },
): Promise<HttpReply> {
  const instanceId = host.instanceId ?? '';
  counter.count('API Gateway request');
  const request: HttpRequest = {
    route: `${method} /v1/agent/hosts/{host}/${what}`,
    path: `/v1/agent/hosts/${host.id}/${what}`,
    parameters: { host: host.id },
    query: {},
    headers: more.headers ?? {},
    body: Buffer.from(more.body === undefined ? '' : JSON.stringify(more.body)),
    caller: {
      accountId: '000000000000',
      arn: `arn:aws:sts::000000000000:assumed-role/${HOST_ROLE.name}/${instanceId}`,
      userId: `${HOST_ROLE.id}:${instanceId}`,
    },
    sourceIp: address,
    invocation: { requestId: 'bench', remainingMs: () => 10_000 },
  };
  return agentApi(request);
}

/** A host of the agent's tests: a private Docker Engine, what a host sees of the cloud, and the bundled agent as a process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAgent } from '../../agent/build.ts';
import type { TaskReport } from '../../contract/agent-protocol.ts';
import { createAgentProcess, type AgentProcess, type AgentProcessOptions } from './agent-process.ts';
import { eventually } from './eventually.ts';
import { startHostServices, type HostServices } from './fake-host-services.ts';
import { startPrivateDocker, type PrivateDocker, type PrivateDockerOptions } from './private-docker.ts';
import { callDocker } from './real-docker.ts';
import { loadTestImage } from './test-image.ts';

export interface AgentHost {
  readonly docker: PrivateDocker;
  readonly services: HostServices;
  readonly agent: AgentProcess;
  /** What `docker inspect` says of a task's container. */
  inspect(task: string): Promise<Inspected>;
  /** Every container of the engine, by name, in whatever state. */
  containers(): Promise<readonly Seen[]>;
  /** One call of Docker's API. @throws Error with Docker's words for a refusal */
  ask(method: string, path: string, body?: object): Promise<unknown>;
  /** What was last reported of a task. */
  told(task: string): TaskReport | undefined;
  /** Looks until it is so; fails with the last reports, log lines and calls. */
  until(what: string, look: () => unknown, withinMs?: number): Promise<void>;
  /** Ends everything and removes what it left. */
  remove(): Promise<void>;
}

export interface Inspected {
  readonly Id: string;
  readonly State: { readonly StartedAt: string; readonly Pid: number; readonly Running: boolean };
}

export interface Seen {
  readonly name: string;
  readonly id: string;
  readonly state: string;
}

export interface AgentHostOptions
  extends Pick<PrivateDockerOptions, 'diskSize'>, Pick<AgentProcessOptions, 'sharesProcesses'> {}

/**
 * @param config of the agent, laid over the tests' own
 */
export async function startAgentHost(
  config: Record<string, unknown> = {},
  { diskSize, sharesProcesses }: AgentHostOptions = {},
): Promise<AgentHost> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-agent-'));
  const docker = await startPrivateDocker(diskSize === undefined ? {} : { diskSize });
  await loadTestImage(docker.socketPath);
  const services = await startHostServices(docker.outsideAddress);
  const agent = createAgentProcess({
    bundle: await buildAgent(folder),
    folder,
    docker,
    url: services.url,
    config,
    sharesProcesses,
  });

  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const reply = await callDocker(docker.socketPath, method, path, body);
    if (reply.status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  };
  const lastSeen = (): unknown => [
    (services.reports.at(-1)?.tasks ?? []).map((each) => JSON.stringify(each)),
    agent.log.slice(-5).map((line) => JSON.stringify(line)),
    services.calls.slice(-3),
  ];
  return {
    docker,
    services,
    agent,
    ask,
    inspect: (task) => ask('GET', `/containers/berth-${task}/json`) as Promise<Inspected>,
    containers: async () => {
      const all = (await ask('GET', '/containers/json?all=1')) as Listed[];
      return all
        .map(({ Id, Names, State }) => ({ name: (Names[0] ?? '').slice(1), id: Id, state: State }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    told: (task) => services.reports.at(-1)?.tasks.find((each) => each.task === task),
    until: async (what, look, withinMs = 20_000) => {
      await eventually(async () => Boolean(await look()), { what, withinMs, seen: lastSeen });
    },
    remove: async () => {
      await agent.kill();
      await services.close();
      await docker.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
}

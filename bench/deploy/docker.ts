import { setTimeout as sleep } from 'node:timers/promises';
import type { DockerEngine } from '../lib/docker-engine.ts';
import type { Contender } from './contender.ts';

/** A create request: what inspecting a container tells of how it was made. */
export interface Template {
  readonly [key: string]: unknown;
  readonly HostConfig: Readonly<Record<string, unknown>>;
}

/** How a container was made, so that the next contender can make the same. */
export async function templateOf(engine: DockerEngine, container: string): Promise<Template> {
  const { Config, HostConfig } = (await engine.call('GET', `/containers/${container}/json`)) as {
    Config: Record<string, unknown>;
    HostConfig: Record<string, unknown>;
  };
  const { Hostname: _hostname, Labels: _labels, ...made } = Config;
  return { ...made, HostConfig };
}

/** Outside of the range that Berth hands out. */
const FIRST_PORT = 30_000;

/** The floor: the same containers by parallel create and start calls, and nothing else. */
export function dockerAlone(engine: DockerEngine, template: Template): Contender {
  return {
    name: 'Docker API',
    prepare: () => Promise.resolve(),
    async start(count) {
      const askedAt = Date.now();
      await Promise.all(Array.from({ length: count }, (_, index) => createAndStart(index)));
      return { askedAt, knownAt: Date.now() };
    },
    clear: () => removeAll(engine),
  };

  async function createAndStart(index: number): Promise<void> {
    const { Id } = (await engine.call('POST', `/containers/create?name=bench-${String(index)}`, {
      ...template,
      HostConfig: { ...template.HostConfig, PortBindings: movedPorts(template, FIRST_PORT + index) },
    })) as { Id: string };
    await engine.call('POST', `/containers/${Id}/start`);
  }
}

function movedPorts({ HostConfig }: Template, port: number): object {
  const bindings = HostConfig.PortBindings as Record<string, unknown> | null;
  return Object.fromEntries(
    Object.keys(bindings ?? {}).map((key) => [key, [{ HostIp: '0.0.0.0', HostPort: String(port) }]]),
  );
}

/** Removes every container of the engine. */
export async function removeAll(engine: DockerEngine): Promise<void> {
  const all = (await engine.call('GET', '/containers/json?all=1')) as { Id: string }[];
  await Promise.all(all.map(({ Id }) => engine.call('DELETE', `/containers/${Id}?force=1&v=1`)));
}

/** Resolves when the engine has no container any more. */
export async function untilEmpty(engine: DockerEngine): Promise<void> {
  for (;;) {
    const all = (await engine.call('GET', '/containers/json?all=1')) as unknown[];
    if (all.length === 0) return;
    await sleep(250);
  }
}

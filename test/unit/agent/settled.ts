/** Agents of the unit tests, up and settled. */
import type { Assignment, ContainerSpec } from '../../../contract/agent-protocol.ts';
import { agentWorld, type AgentWorld, type AgentWorldOptions } from '../../support/agent-world.ts';
import { assignment, spec } from '../../support/container-spec.ts';
import { programs } from '../../support/programs.ts';

export const idle = spec({ command: [...programs.idle.argv] });
export const task = (slot: number): string => assignment(slot).task;
export const name = (slot: number): string => `berth-${task(slot)}`;

/** An agent with so many tasks of one spec, up and settled. */
export async function running(
  count: number,
  container: ContainerSpec = idle,
  options: AgentWorldOptions = {},
): Promise<AgentWorld> {
  const world = agentWorld(options);
  world.want({ 'web-1': container }, slots(count));
  world.boot();
  await world.clock.advance(3000);
  return world;
}
export const slots = (count: number): Assignment[] =>
  Array.from({ length: count }, (_, index) => assignment(index + 1));
export const states = (world: AgentWorld): string[] =>
  world.docker.everything().map((container) => `${container.name} ${container.state}`);

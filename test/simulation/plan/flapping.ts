/** Health checks that pass and fail in turns: of one replica, or of all of its service at once. */
import { LABELS } from '../../../agent/docker/engine.ts';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';

interface Flapping {
  readonly machine: Machine;
  readonly name: string;
}

/** Checked containers of the same service as that one, on all machines that are up; or that one alone. */
export function flappingWith(world: World, { machine, name }: Flapping, isAlone: boolean): Flapping[] {
  const service = serviceOf(machine, name);
  return [...world.machines.values()]
    .filter(({ on }) => on)
    .flatMap((each) =>
      each.docker
        .everything()
        // What never was healthy has no check that could pass.
        .filter(({ state, health }) => state === 'running' && health === 'healthy')
        .filter((one) => (isAlone ? one.name === name : serviceOf(each, one.name) === service))
        .map((one) => ({ machine: each, name: one.name })),
    );
}

/** Changes their health every `everyMs` until it is taken back; then those that are left are healthy again. */
export function flap(world: World, all: readonly Flapping[], everyMs: number): () => void {
  let isOver = false;
  const set = (health: 'healthy' | 'unhealthy'): void => {
    for (const { machine, name } of all) {
      const runs = machine.docker.everything().some((one) => one.name === name && one.state === 'running');
      if (runs) machine.docker.setHealth(name, health, 'it flaps (simulated)');
    }
  };
  const turn = (health: 'healthy' | 'unhealthy'): void => {
    if (isOver) return;
    set(health);
    world.scheduler.in(everyMs, () => turn(health === 'healthy' ? 'unhealthy' : 'healthy'));
  };
  turn('unhealthy');
  return () => {
    if (!isOver) set('healthy');
    isOver = true;
  };
}

function serviceOf({ docker }: Machine, name: string): string {
  const labels = docker.everything().find((one) => one.name === name)?.labels;
  return `${labels?.[LABELS.stack]}/${labels?.[LABELS.service]}`;
}

/**
 * A hostile container: what a tenant's program tries from inside a replica that Berth itself runs, each try with a control
 * that shows that it would succeed where it is allowed.
 *
 * Two stacks, one replica of each on each of two hosts: `villain` is the attacker, `victim` the tenant beside it.
 */
import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Replica } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { bringTools } from '../support/knock.ts';
import { containerOf, hostNamed } from '../support/hosts.ts';
import { TEST_IMAGE } from '../support/images.ts';
import { deploy, leave, replicasOf } from '../support/stacks.ts';
import { controlPlaneTries } from './hostile/control-plane.ts';
import { hostTries } from './hostile/host.ts';
import { metadataTries, reloaded } from './hostile/metadata.ts';
import { signalTries } from './hostile/signals.ts';
import type { Scene } from './hostile/scene.ts';

const compose = (stack: string): string => `
name: ${stack}
services:
  web:
    image: ${TEST_IMAGE}
    ports: [{ target: 8080, name: http }]
    stop_grace_period: 1s
    deploy:
      replicas: 2
      placement: { max_replicas_per_node: 1 }
    x-berth: { health: { signal: true } }
`;

export function hostileCases(cloud: () => Cloud): void {
  describe('a hostile container', () => {
    let scene: Scene | undefined;
    const here = (): Scene => {
      if (scene === undefined) throw new Error('the stage is not set');
      return scene;
    };

    beforeAll(async () => {
      const putAndSeen = async (stack: string): Promise<Replica[]> => {
        const { code, text } = await deploy(cloud(), compose(stack), '--no-wait');
        if (code !== 0) throw new Error(text);
        return running(cloud(), stack);
      };
      const [villain, victim] = await Promise.all([putAndSeen('villain'), putAndSeen('victim')]);
      const [attacker, beside] = pairOnOneHost(villain, victim);
      const other = hostNamed(cloud(), villain.find((one) => one.host !== attacker.host)!.host);
      const rulesBackMs = reloaded(other);
      rulesBackMs.catch(() => undefined); // told where it is awaited
      scene = {
        host: hostNamed(cloud(), attacker.host),
        other,
        villain: await containerOf(cloud(), attacker),
        villainTask: attacker,
        victim: await containerOf(cloud(), beside),
        victimTask: beside,
        rulesBackMs,
      };
      await Promise.all([scene.villain, scene.victim].map(bringTools));
    }, 360_000);
    afterAll(async () => {
      await Promise.all(['villain', 'victim'].map((stack) => leave(cloud(), stack)));
    }, 120_000);

    controlPlaneTries(cloud, here);
    hostTries(here);
    signalTries(cloud, here);
    metadataTries(cloud, here);
  });
}

/** @throws Error when no two of them share a host */
function pairOnOneHost(some: readonly Replica[], others: readonly Replica[]): readonly [Replica, Replica] {
  for (const one of some) for (const other of others) if (one.host === other.host) return [one, other];
  throw new Error('no host has a replica of each of both stacks: there are too many hosts');
}

/** Both replicas of a stack, once they run; they are not ready, since nobody has said so. */
const running = (cloud: Cloud, stack: string) =>
  waitUntil(
    async () => {
      const all = await replicasOf(cloud, stack);
      return all.length === 2 && all.every(({ phase }) => phase === 'running') ? all : undefined;
    },
    { what: `the replicas of ${stack} to run`, timeoutMs: 180_000, everyMs: 250 },
  );

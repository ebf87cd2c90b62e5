/** A replica is an SRV target while it is healthy, and only then; its address is there from its start. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Replica } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { controlRoute53 } from '../support/control.ts';
import { digA, digSrv, replicaName, srvName } from '../support/dns.ts';
import { containerOf, docker } from '../support/hosts.ts';
import { HEALTH_CHECK, TEST_IMAGE } from '../support/images.ts';
import { machineWaits } from '../support/machine-waits.ts';
import { startProber, uptime } from '../support/prober.ts';
import { deploy, leave, replicasOf } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

const STACK = 'pulse';
const COMPOSE = `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    ports: [{ target: 8080, name: http }]
    ${HEALTH_CHECK}
    stop_grace_period: 2s
    deploy: { replicas: 2 }
`;
/** From PENDING to INSYNC, and what the control plane may take beside it. */
const PROPAGATION_S = 2;
const REACTION_S = 1;
/** What a machine that keeps programs waiting may add to it, at most. */
const BUSY_S = 3;

export function healthCases(cloud: () => Cloud): void {
  describe('health', () => {
    const name = (): string => srvName(cloud(), STACK, 'web');
    const replica = async (slot: number): Promise<Replica> => {
      const all = await replicasOf(cloud(), STACK);
      return all.find((each) => each.replica === `web-${String(slot)}`)!;
    };
    const heal = async (slot: number): Promise<void> => {
      const { host, id } = await containerOf(cloud(), await replica(slot));
      await docker(host, 'exec', id, 'touch', '/tmp/healthy');
    };
    const portsInDns = async (): Promise<number[]> =>
      (await digSrv(cloud(), name())).map((one) => one.port).sort();
    const hasTargets = (count: number): Promise<unknown> =>
      waitUntil(async () => (await portsInDns()).length === count || undefined, {
        what: `${String(count)} SRV targets`,
        timeoutMs: 90_000,
      });

    beforeAll(async () => {
      await controlRoute53(cloud(), 'POST delay', { ms: PROPAGATION_S * 1000 });
    });
    afterAll(() => leave(cloud(), STACK), 120_000);

    it('that still fails keeps a replica out of SRV, while its address is there', async () => {
      const prober = startProber(cloud(), name());
      const { code } = await deploy(cloud(), COMPOSE, '--no-wait');
      expect(code).toBe(0);
      const addresses = await waitUntil(
        async () => {
          const found = await Promise.all(
            [1, 2].map((slot) => digA(cloud(), replicaName(cloud(), STACK, 'web', slot))),
          );
          return found.every((each) => each.length === 1) ? found.flat() : undefined;
        },
        { what: 'an A record of each replica', timeoutMs: 90_000 },
      );
      const replicas = await replicasOf(cloud(), STACK);
      expect(addresses).toEqual(replicas.map((each) => each.address));
      await sleep(3000); // several health checks fail meanwhile
      for (const { phase, health, registered } of await replicasOf(cloud(), STACK)) {
        expect(phase).toBe('running');
        expect(health).not.toBe('healthy');
        expect(registered).toBe(false);
      }
      const answers = await prober.stop();
      expect(answers.length).toBeGreaterThan(30);
      expect(answers.filter((each) => each.targets.length > 0)).toEqual([]);
    }, 180_000);

    it('that passes makes it a target', async () => {
      const startedAt = uptime();
      await heal(1);
      await hasTargets(1);
      tell(
        `target ${(uptime() - startedAt).toFixed(2)} s after the file was there (check every 0.5 s, propagation ${PROPAGATION_S} s)`,
      );
      expect(await portsInDns()).toEqual([(await replica(1)).ports[0]?.host]);
      await heal(2);
      await hasTargets(2);
    }, 120_000);

    it('that ends with its container takes the target away, until it is back', async () => {
      const victim = await replica(1);
      const others = [(await replica(2)).ports[0]?.host];
      const took: number[] = [];
      const isQuick = (): boolean => Math.min(...took) < PROPAGATION_S + REACTION_S;
      // What else runs on this machine may hold up some of them: the best counts, and it is seen again after the first.
      for (let attempt = 2; attempt <= 3 || (attempt === 4 && !isQuick()); attempt += 1) {
        took.push(await killed(victim));
        expect(await portsInDns()).toEqual(others);
        await heal(1);
        await hasTargets(2);
        // Where the machine is busy a check may time out and pass again.
        const isBack = async (): Promise<true | undefined> => {
          const now = await replica(1);
          expect(now).toMatchObject({ task: victim.task, attempt });
          return now.health === 'healthy' || undefined;
        };
        await waitUntil(isBack, { what: 'the replica to be healthy', timeoutMs: 60_000, everyMs: 250 });
      }
      expect(Math.min(...took)).toBeLessThan(PROPAGATION_S + REACTION_S);
    }, 240_000);

    it('of the last one takes the last target away too', async () => {
      const took: number[] = [];
      const isQuick = (): boolean => Math.min(...took) < PROPAGATION_S + REACTION_S;
      // A busy machine has a second chance.
      for (let round = 1; round <= 2 && !isQuick(); round += 1) {
        const { host, id } = await containerOf(cloud(), await replica(2));
        await docker(host, 'kill', id);
        await hasTargets(1);
        took.push(await killed(await replica(1)));
        expect(await portsInDns()).toEqual([]);
        await Promise.all([heal(1), heal(2)]);
        await hasTargets(2);
      }
      expect(Math.min(...took)).toBeLessThan(PROPAGATION_S + REACTION_S);
    }, 240_000);

    /**
     * Kills a replica's container; resolves with the seconds from its death to the first answer without it, less what
     * the machine is forgiven.
     */
    async function killed(victim: Replica): Promise<number> {
      const prober = startProber(cloud(), name(), 50);
      const port = victim.ports[0]?.host;
      const { host, id } = await containerOf(cloud(), victim);
      await waitUntil(() => Promise.resolve(prober.answers.length > 0 || undefined), {
        what: 'an answer',
        timeoutMs: 60_000,
      });
      const waits = machineWaits(BUSY_S);
      await docker(host, 'kill', id);
      const finishedMs = Date.parse(
        (await docker(host, 'inspect', '--format', '{{.State.FinishedAt}}', id)).trim(),
      );
      const diedAt = uptime() - (Date.now() - finishedMs) / 1000;
      const isGone = (): boolean => prober.answers.at(-1)?.targets.every((one) => one.port !== port) ?? false;
      await waitUntil(() => Promise.resolve(isGone() || undefined), {
        what: 'the target to go',
        timeoutMs: 60_000,
      });
      const waited = waits();
      const answers = await prober.stop();
      const last = answers.findLast((each) => each.targets.some((one) => one.port === port))!;
      const first = answers.find((each) => each.askedAt > last.askedAt)!;
      const seconds = first.at - diedAt;
      tell(
        `the target of a killed container was gone ${seconds.toFixed(2)} s after its death, propagation of ${PROPAGATION_S} s included, ${waited.toFixed(2)} s forgiven`,
      );
      return seconds - waited;
    }
  });
}

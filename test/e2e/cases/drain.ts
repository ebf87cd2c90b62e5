/** Out of DNS, everywhere, for a whole TTL; only then SIGTERM. Seen by a client of DNS and by the container's own trap. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Replica } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { controlRoute53 } from '../support/control.ts';
import { digSrv, srvName } from '../support/dns.ts';
import { containerOf, docker } from '../support/hosts.ts';
import { HEALTH_CHECK, TEST_IMAGE } from '../support/images.ts';
import { startProber } from '../support/prober.ts';
import { deploy, deployed, removed, replicasOf } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

const STACK = 'farewell';
const compose = (greeting: string): string => `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    environment: { HEALTHY: 'yes', GREETING: ${greeting} }
    ports: [{ target: 8080, name: http }]
    ${HEALTH_CHECK}
    stop_grace_period: 5s
`;
/** A container reads the uptime in hundredths, cut off. */
const ROUNDING_S = 0.01;

/** @param ttlS the cluster's `dnsTtlSeconds` */
export function drainCases(cloud: () => Cloud, ttlS: number): void {
  describe('a replica that leaves', () => {
    const name = (): string => srvName(cloud(), STACK, 'web');
    const setPropagation = (seconds: number): Promise<unknown> =>
      controlRoute53(cloud(), 'POST delay', { ms: seconds * 1000 });

    beforeAll(async () => {
      await setPropagation(2);
      await deployed(cloud(), compose('one'));
    }, 120_000);
    afterAll(async () => {
      await setPropagation(2);
    });

    it('because a newer one took its place gets SIGTERM one TTL after the last answer that named it', async () => {
      const quiet = await lastWords(() => deploy(cloud(), compose('two'), '--no-wait'));
      expect(quiet).toBeGreaterThanOrEqual(ttlS - ROUNDING_S);
    }, 120_000);

    it('because its stack goes does too, with a propagation of 6 s', async () => {
      await setPropagation(6);
      let said = '';
      const quiet = await lastWords(async () => void (said = await removed(cloud(), STACK)));
      const ttl = `waiting for the TTL \\(${String(ttlS)} s\\)`;
      expect(said).toMatch(new RegExp(`web-1 .*leaving DNS[^]*web-1 .*${ttl}[^]*is removed`));
      expect(quiet).toBeGreaterThanOrEqual(ttlS - ROUNDING_S);
    }, 180_000);

    /** Once its predecessor is gone. */
    async function theOne(): Promise<Replica | undefined> {
      const [first, ...more] = await replicasOf(cloud(), STACK);
      return more.length === 0 && first?.health === 'healthy' ? first : undefined;
    }

    /** Makes the one replica leave; resolves with the seconds from the last answer that named it to its SIGTERM. */
    async function lastWords(leave: () => Promise<unknown>): Promise<number> {
      const replica = await waitUntil(theOne, { what: 'one replica alone', timeoutMs: 90_000, everyMs: 250 });
      const { host, id } = await containerOf(cloud(), replica);
      const port = replica.ports[0]?.host;
      const named = async (): Promise<true | undefined> =>
        (await digSrv(cloud(), name())).some((target) => target.port === port) || undefined;
      await waitUntil(named, { what: 'the replica in DNS', timeoutMs: 90_000 });
      const log = docker(host, 'logs', '--follow', id); // ends with the container
      const prober = startProber(cloud(), name());
      const [said] = await Promise.all([log, leave()]);
      const answers = await prober.stop();
      const sigterm = Number(/SIGTERM ([\d.]+)/.exec(said)?.[1]);
      expect(sigterm).toBeGreaterThan(0);
      const last = answers.findLast((answer) => answer.targets.some((target) => target.port === port))!;
      expect(answers.at(-1)!.askedAt).toBeGreaterThan(sigterm);
      const quiet = sigterm - last.at;
      tell(
        `the last of ${answers.length} answers that named it came ${quiet.toFixed(2)} s before its SIGTERM (TTL ${ttlS} s)`,
      );
      return quiet;
    }
  });
}

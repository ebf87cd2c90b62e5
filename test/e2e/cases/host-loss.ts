/**
 * Hosts that lose power while EC2 goes on saying that they run: out of DNS, replaced, terminated; and hosts that are cut
 * off and come back. Times are those of the default settings; the short version has less patience with a host that may
 * come back, and expects its replacement so much sooner.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WITNESS_PORT } from '../../../contract/agent-protocol.ts';
import type { ClusterSettings, Replica } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import type { HostWhereabouts } from '../../../local/whereabouts.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { launches } from '../support/control.ts';
import { digSrv, srvName } from '../support/dns.ts';
import { containerOf, docker, hostNamed, sh } from '../support/hosts.ts';
import { HEALTH_CHECK, TEST_IMAGE } from '../support/images.ts';
import { instancesOf } from '../support/launches.ts';
import { startProber, uptime, type Answer } from '../support/prober.ts';
import {
  api,
  deployed,
  eventsOf,
  hostViews,
  leave,
  removed,
  replicasOf,
  withSettings,
} from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

/** Of all cases here, and of those that use its helpers. */
export const STACK = 'mourning';
const compose = (replicas: number, perHost: number): string => `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    environment: { HEALTHY: 'yes' }
    ports: [{ target: 8080, name: http }]
    ${HEALTH_CHECK}
    stop_grace_period: 1s
    deploy:
      replicas: ${String(replicas)}
      placement: { max_replicas_per_node: ${String(perHost)} }
`;

/** What is promised (issue and architecture): seconds from the death of a host. */
const OUT_S = 45;
const REPLACED_S = 90;
const TERMINATED_S = 300;
const DEFAULT_LOST_AFTER_MS = 30_000;

/** What becomes of a spread of replicas when some of their hosts die. */
export interface LossCase {
  readonly of: number;
  readonly die: number;
}

export interface LossOptions {
  readonly cases: readonly LossCase[];
  /** Shorter times than the default ones; what is measured must then be shorter by as much. */
  readonly settings?: Pick<ClusterSettings, 'lostAfterMs' | 'terminateLostAfterMs'>;
}

export function hostLossCases(cloud: () => Cloud, { cases, settings }: LossOptions): void {
  const soonerS = settings === undefined ? 0 : (DEFAULT_LOST_AFTER_MS - settings.lostAfterMs) / 1000;
  describe.each(cases)('of $of hosts $die lose power at once', ({ of: count, die }) => {
    let restore = (): Promise<void> => Promise.resolve();
    beforeAll(async () => {
      if (settings !== undefined) restore = await withSettings(cloud(), settings);
      await spread(cloud(), count);
    }, 360_000);
    afterAll(async () => {
      await leave(cloud(), STACK);
      await restore();
    }, 120_000);

    it('agents answer other hosts, and no container', async () => {
      const hosts = await hostsOfStack(cloud());
      const [asking, ...others] = hosts as [HostWhereabouts, ...HostWhereabouts[]];
      const replica = (await replicasOf(cloud(), STACK)).find((one) => one.host === asking.id)!;
      const { id } = await containerOf(cloud(), replica);
      for (const { id: name, address } of [asking, ...others.slice(0, 1)]) {
        const ask = `busybox nc -w 2 ${address} ${String(WITNESS_PORT)} </dev/null || true`;
        expect(await sh(asking, ask)).toMatch(new RegExp(`^${name} [0-9a-f-]{36}\\n$`));
        expect(await docker(asking, 'exec', id, 'sh', '-c', `/bin/${ask}`)).toBe('');
      }
    }, 120_000);

    it('they leave DNS in 45 s, their replicas run elsewhere in 90 s, they are terminated in 5 min', async () => {
      const name = srvName(cloud(), STACK, 'web');
      const slots = slotsOfTargets();
      const dead = (await hostsOfStack(cloud())).slice(0, die);
      const survivors = new Set((await hostViews(cloud())).map((one) => one.host));
      for (const host of dead) survivors.delete(host.id);
      const prober = startProber(cloud(), name);
      const diedAt = uptime();
      for (const host of dead) process.kill(host.initPid, 'SIGKILL');
      const since = (): number => uptime() - diedAt;
      const out = await when(since, OUT_S + 30, 'dead targets out of DNS', async () => {
        const targets = await digSrv(cloud(), name);
        return targets.every((target) => !dead.some((host) => target.name.startsWith(`${host.id}.`)));
      });
      const replaced = await when(since, REPLACED_S + 60, 'every replica elsewhere and in DNS', async () => {
        await slots.learn(cloud());
        const all = await replicasOf(cloud(), STACK);
        return all.filter((one) => one.registered && survivors.has(one.host ?? '')).length === count;
      });
      const ids = dead.map((host) => host.instanceId);
      const terminated = await when(since, TERMINATED_S + 60, 'their instances terminated', async () =>
        (await instancesOf(cloud())).every(
          (one) => !ids.includes(one.id) || one.state === 'shutting-down' || one.state === 'terminated',
        ),
      );
      slots.expectOneOfEach(await prober.stop());
      tell(
        `${String(die)} of ${String(count)}: out of DNS after ${out.toFixed(1)} s, replaced after ${replaced.toFixed(1)} s, terminated after ${terminated.toFixed(1)} s`,
      );
      expect(out).toBeLessThanOrEqual(OUT_S);
      expect(replaced).toBeLessThanOrEqual(REPLACED_S - soonerS);
      expect(terminated).toBeLessThanOrEqual(TERMINATED_S);
      const codes = (await eventsOf(cloud())).map((event) => `${event.code} ${event.subject}`);
      for (const host of dead)
        expect(codes).toEqual(expect.arrayContaining([`host-suspect ${host.id}`, `host-lost ${host.id}`]));
    }, 960_000);
  });
}

/** Four of five: nobody can tell them from a fault of ours, so nothing is done. */
export function massLossCase(cloud: () => Cloud, watchS: number): void {
  describe('of 5 hosts 4 lose power at once', () => {
    beforeAll(() => spread(cloud(), 5), 360_000);
    afterAll(() => leave(cloud(), STACK), 120_000);

    it(
      'nothing is launched, terminated or taken out of DNS',
      async () => {
        const name = srvName(cloud(), STACK, 'web');
        const before = await digSrv(cloud(), name);
        const launched = await launches(cloud());
        const dead = (await hostsOfStack(cloud())).slice(0, 4);
        for (const host of dead) process.kill(host.initPid, 'SIGKILL');
        const prober = startProber(cloud(), name, 1000);
        await sleep(watchS * 1000);
        const answers = await prober.stop();
        expect(await launches(cloud())).toBe(launched);
        const states = (await instancesOf(cloud())).filter((one) =>
          dead.some((host) => host.instanceId === one.id),
        );
        expect(states.map((one) => one.state)).toEqual(['running', 'running', 'running', 'running']);
        const named = (answer: Answer) => answer.targets.map(keyOf).sort().join();
        expect(new Set(answers.map(named))).toEqual(new Set([before.map(keyOf).sort().join()]));
        const codes = (await eventsOf(cloud())).map((event) => event.code);
        expect(codes).toContain('hosts-frozen');
        tell(
          `${String(answers.length)} answers in ${String(watchS)} s, all alike; 0 launches, 0 terminations`,
        );
      },
      (watchS + 60) * 1000,
    );
  });
}

/** A cable out for a while: to the control plane only, or to everything. */
export function cutOffCases(cloud: () => Cloud, cutS: number): void {
  describe.each(['from the control plane', 'from everything'] as const)(
    'a host that is cut off %s',
    (what) => {
      beforeAll(() => spread(cloud(), 3), 360_000);
      afterAll(() => leave(cloud(), STACK), 120_000);

      it(
        'is replaced, comes back, and never are two replicas of a slot in DNS',
        async () => {
          const slots = slotsOfTargets();
          await slots.learn(cloud());
          const prober = startProber(cloud(), srvName(cloud(), STACK, 'web'));
          const host = (await hostsOfStack(cloud()))[0]!;
          const bridge = cloud().plan.bridge.address;
          const rules =
            what === 'from everything' ? ['INPUT -i eth0', 'OUTPUT -o eth0'] : [`OUTPUT -d ${bridge}`];
          for (const rule of rules) await sh(host, `iptables -I ${rule} -j DROP`);
          const endsAt = uptime() + cutS;
          while (uptime() < endsAt) {
            await slots.learn(cloud());
            await sleep(500);
          }
          for (const rule of rules) await sh(host, `iptables -D ${rule} -j DROP`);
          const back = await when(
            () => uptime() - endsAt,
            90,
            'the host to be ready and the replicas to be three',
            async () => {
              await slots.learn(cloud());
              const state = (await hostViews(cloud())).find((one) => one.host === host.id)?.state;
              const running = (await replicasOf(cloud(), STACK)).filter((one) => one.phase === 'running');
              return state === 'ready' && running.length === 3 && running.every((one) => one.registered);
            },
          );
          await sleep(5000);
          const answers = await prober.stop();
          slots.expectOneOfEach(answers);
          expect(answers.filter((answer) => answer.targets.length < 2)).toEqual([]);
          const told = (await eventsOf(cloud())).filter((event) => event.subject === host.id);
          expect(told.slice(-3).map((event) => event.code)).toEqual([
            'host-suspect',
            'host-lost',
            'host-back',
          ]);
          tell(
            `cut off ${what} for ${String(cutS)} s: all is as wanted ${back.toFixed(1)} s later; ${String(answers.length)} answers, no slot twice in any`,
          );
        },
        (cutS + 150) * 1000,
      );
    },
  );
}

/** So many replicas, each on a host of its own, with room on each for what others lose. */
export async function spread(cloud: Cloud, count: number): Promise<void> {
  await removed(cloud, STACK); // the case before has left it
  await deployed(cloud, compose(count, 1));
  await deployed(cloud, compose(count, count));
  const all = async (): Promise<true | undefined> =>
    (await digSrv(cloud, srvName(cloud, STACK, 'web'))).length === count || undefined;
  await waitUntil(all, { what: `${String(count)} targets`, timeoutMs: 90_000 });
  expect(new Set((await hostsOfStack(cloud)).map((host) => host.id)).size).toBe(count);
  // Neighbours are told with the next beat of each.
  const { beatMs } = await api<ClusterSettings>(cloud, '/v1/cluster');
  await sleep(beatMs + 1000);
}

export async function hostsOfStack(cloud: Cloud): Promise<HostWhereabouts[]> {
  const replicas = await replicasOf(cloud, STACK);
  return [...new Set(replicas.map((one) => one.host))].sort().map((id) => hostNamed(cloud, id));
}

/** Seconds until it is so. @throws Error when it is not in time */
export async function when(
  since: () => number,
  limitS: number,
  what: string,
  check: () => Promise<boolean>,
): Promise<number> {
  await waitUntil(async () => (await check()) || undefined, { what, timeoutMs: limitS * 1000, everyMs: 500 });
  return since();
}

const keyOf = ({ name, port }: { readonly name: string; readonly port: number }): string =>
  `${name}:${String(port)}`;

/** Which slot a target of DNS belongs to, learned while tasks come and go. */
export function slotsOfTargets() {
  const slots = new Map<string, string>();
  return {
    learn: async (cloud: Cloud): Promise<void> => {
      const named = ({ host, ports }: Replica): string =>
        keyOf({ name: `${String(host)}.${cloud.zoneName}`, port: ports[0]?.host ?? 0 });
      for (const one of await replicasOf(cloud, STACK))
        if (one.task !== null) slots.set(named(one), one.replica);
    },
    /** @throws when an answer named two targets of one slot, or one that belongs to none */
    expectOneOfEach: (answers: readonly Answer[]): void => {
      for (const { targets } of answers) {
        const named = targets.map((target) => slots.get(keyOf(target)) ?? keyOf(target));
        expect(named.filter((slot) => !/^web-\d+$/.test(slot))).toEqual([]);
        expect(new Set(named).size).toBe(named.length);
      }
    },
  };
}

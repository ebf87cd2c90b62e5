/**
 * Replicas that follow their load on real hosts: a page that burns CPU is asked for, and what the kernel counts comes back
 * as replicas. Times are shorter than the default ones, so that all of it fits into some minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Replica } from '../../../contract/http-api.ts';
import type { AutoscaleStatus, ScaleTimeline } from '../../../contract/scale-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { digA, digSrv, srvName } from '../support/dns.ts';
import { TEST_IMAGE } from '../support/images.ts';
import { api, cli, deployed, eventsOf, hostViews, removed, replicasOf } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';
import { startVisitors, type VisitOptions } from '../support/visitors.ts';

const STACK = 'crowd';
const PATH = `/v1/stacks/${STACK}/services/web`;
const compose = `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    environment: { HEALTHY: 'yes' }
    ports: [{ target: 8080, name: http }]
    stop_grace_period: 5s
    deploy:
      resources: { reservations: { cpus: '0.05' } }
      placement: { max_replicas_per_node: 3 }
    x-berth:
      autoscale:
        min: 1
        max: 4
        targets: { cpu: 60% }
        window: 30s
        stabilization: 30s
        cooldown: { out: 0s, in: 0s }
`;

/** So long may a look, a beat and a sample of the agent take together, after the window. */
const LATE_MS = 60_000;

export function autoscaleCases(cloud: () => Cloud, ttlS: number): void {
  describe('a service that follows its load', () => {
    afterAll(() => removed(cloud(), STACK), 120_000);

    const visit = (over: Partial<VisitOptions> = {}) =>
      startVisitors(cloud(), {
        ...{ name: srvName(cloud(), STACK, 'web'), path: '/cgi-bin/burn', ttlMs: ttlS * 1000 },
        ...{ count: 1, restMs: 150 },
        ...over,
      });
    const serving = async (): Promise<Replica[]> =>
      (await replicasOf(cloud(), STACK)).filter((one) => one.health === 'healthy' && one.phase === 'running');
    const until = (count: number, timeoutMs: number): Promise<Replica[]> =>
      waitUntil(
        async () => {
          const all = await serving();
          return all.length === count ? all : undefined;
        },
        { what: `${String(count)} replicas that serve`, timeoutMs, everyMs: 500 },
      );
    const status = (): Promise<AutoscaleStatus> => api(cloud(), `${PATH}/autoscale`);

    it('grows, host and all, when a load lasts, shrinks to the oldest when it ends, and fails no request', async () => {
      await deployed(cloud(), compose);
      const [first] = await until(1, 30_000);
      const quiet = visit({ path: '/', count: 1, restMs: 200 });
      const told = (): Promise<true | undefined> =>
        status().then(({ loads }) => (loads[0]?.load != null ? true : undefined));
      await waitUntil(told, { what: 'the first beat that tells of CPU', timeoutMs: LATE_MS, everyMs: 500 });

      // A spike that is shorter than the window.
      const spike = visit();
      await sleep(12_000);
      await spike.stop();
      await sleep(20_000);
      expect(await serving()).toHaveLength(1);

      const hostsBefore = (await hostViews(cloud())).length;
      const startedMs = Date.now();
      const load = visit();
      await until(4, 30_000 + LATE_MS + 120_000);
      tell(`4 replicas served ${seconds(startedMs)} s after the load began`);
      expect((await hostViews(cloud())).length).toBeGreaterThan(hostsBefore);
      await load.stop();

      // Nothing but bounds by hand keeps five; one of them is hot.
      expect((await cli(cloud(), 'scale', `${STACK}/web`, '--min', '5', '--max', '8')).code).toBe(0);
      const five = await until(5, 120_000);
      const hot = visit({ name: await ownName(cloud(), five.at(-1)!) });
      await sleep(60_000);
      const { loads, replicaLoads, proposed } = await status();
      await hot.stop();
      tell(`one hot replica: mean ${String(loads[0]?.load)} %, ${String(proposed)} asked for`);
      expect(Math.max(...replicaLoads.map((one) => one.loads[0]?.load ?? 0))).toBeGreaterThan(120);
      expect(await serving()).toHaveLength(5);

      const endedMs = Date.now();
      expect((await cli(cloud(), 'scale', `${STACK}/web`, '--reset')).code).toBe(0);
      const [last] = await until(1, 30_000 + LATE_MS + 60_000);
      tell(`1 replica was left ${seconds(endedMs)} s after the load ended`);
      expect(last?.task).toBe(first?.task);
      await quiet.stop();
      for (const visitors of [quiet, spike, load, hot]) expect(visitors.failed).toEqual([]);
      tell(
        `${String([quiet, spike, load, hot].reduce((sum, one) => sum + one.requests(), 0))} requests, 0 failed`,
      );
    }, 900_000);

    it('tells how it went, as table and as a drawing', async () => {
      const codes = (await eventsOf(cloud()))
        .filter(({ subject }) => subject === `${STACK}/web`)
        .map(({ code }) => code);
      expect(codes).toEqual(expect.arrayContaining(['scaled-out', 'scale-set', 'scale-reset', 'scaled-in']));
      const { points } = await api<ScaleTimeline>(cloud(), `${PATH}/autoscale/timeline`);
      expect(Math.max(...points.map(({ wanted }) => wanted))).toBe(5);
      const said = await cli(cloud(), 'autoscale', 'history', `${STACK}/web`);
      expect(said.text).toMatch(/TIME +WANTED +RUNNING/);
      tell(`the time line has ${String(points.length)} rows:\n${said.text}`);
    }, 60_000);
  });
}

const seconds = (sinceMs: number): string => ((Date.now() - sinceMs) / 1000).toFixed(1);

/** Where that replica answers, as `HOST:PORT`. */
async function ownName(cloud: Cloud, replica: Replica): Promise<string> {
  const all = await digSrv(cloud, srvName(cloud, STACK, 'web'));
  const port = replica.ports[0]?.host;
  for (const target of all) {
    const [address] = await digA(cloud, target.name);
    if (target.port === port && address === replica.address) return `${target.name}:${String(port)}`;
  }
  throw new Error(`${replica.replica} is not in DNS`);
}

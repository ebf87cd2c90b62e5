/**
 * Replicas that follow their load on real hosts, and hosts that follow the replicas: a page that burns CPU is asked for
 * over HTTP, and what the kernel counts of it comes back as replicas, then as a host; when the load ends the newest
 * replicas go, then the newest host. All the while a client that honours SRV and TTL asks, and every answer counts.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventView, HostView, Replica } from '../../../contract/http-api.ts';
import type { AutoscaleStatus, ScaleTimeline } from '../../../contract/scale-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { digA, digSrv, srvName } from '../support/dns.ts';
import { TEST_IMAGE } from '../support/images.ts';
import { instancesOf } from '../support/launches.ts';
import {
  api,
  cli,
  deployed,
  eventsOf,
  hostViews,
  removed,
  replicasOf,
  withSettings,
} from '../support/stacks.ts';
import { tell } from '../support/tell.ts';
import { startVisitors, type Visitors, type VisitOptions } from '../support/visitors.ts';

const STACK = 'crowd';
const PATH = `/v1/stacks/${STACK}/services/web`;

export interface AutoscaleOptions {
  /** Of the cluster's records, in seconds. */
  readonly ttlS: number;
  readonly windowS: number;
  readonly stabilizationS: number;
  /** Shorter than the window: it adds nothing. */
  readonly spikeS: number;
  readonly surplusAfterMs: number;
  /** More replicas than fit on one host. */
  readonly max: number;
  readonly perHost: number;
  /** Whether five replicas are run, of which one is hot: it takes two minutes more. */
  readonly hot: boolean;
}

const compose = ({ windowS, stabilizationS, max, perHost }: AutoscaleOptions): string => `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    environment: { HEALTHY: 'yes' }
    ports: [{ target: 8080, name: http }]
    stop_grace_period: 5s
    deploy:
      resources: { reservations: { cpus: '0.05' } }
      placement: { max_replicas_per_node: ${String(perHost)} }
    x-berth:
      autoscale:
        min: 1
        max: ${String(max)}
        targets: { cpu: 60% }
        window: ${String(windowS)}s
        stabilization: ${String(stabilizationS)}s
        cooldown: { out: 0s, in: 0s }
`;

/** After the window, a look, a beat and a sample of the agent have been within that. */
const LOOKED_MS = 60_000;
/** What takes twice as long, on whatever machine, will not come. */
const LATE_MS = 2 * LOOKED_MS;
/** A host that boots, and a replica that becomes healthy there. */
const HOST_MS = 120_000;
const FIVE = 5;
/** Of the reservation: far below the target. */
const CALM_PERCENT = 30;

export function autoscaleCases(cloud: () => Cloud, options: AutoscaleOptions): void {
  const { ttlS, windowS, stabilizationS, spikeS, surplusAfterMs, max } = options;
  describe('a service that follows its load', () => {
    let restore = (): Promise<void> => Promise.resolve();
    const all: Visitors[] = [];
    let first: Replica | undefined;
    let hostsBefore: readonly string[] = [];
    let quiet: Visitors;
    beforeAll(async () => {
      restore = await withSettings(cloud(), { surplusAfterMs });
    }, 60_000);
    afterAll(async () => {
      await Promise.all(all.map((visitors) => visitors.stop()));
      await restore();
      await removed(cloud(), STACK);
    }, 240_000);

    const visit = (over: Partial<VisitOptions> = {}): Visitors => {
      const name = srvName(cloud(), STACK, 'web');
      const usual = { name, path: '/cgi-bin/burn', ttlMs: ttlS * 1000, count: 1, restMs: 150 };
      const visitors = startVisitors(cloud(), { ...usual, ...over });
      all.push(visitors);
      return visitors;
    };
    const serving = async (): Promise<Replica[]> =>
      (await replicasOf(cloud(), STACK)).filter((one) => one.health === 'healthy' && one.phase === 'running');
    const until = (count: number, timeoutMs: number): Promise<Replica[]> =>
      waitUntil(
        async () => {
          const found = await serving();
          return found.length === count ? found : undefined;
        },
        { what: `${String(count)} replicas that serve`, timeoutMs, everyMs: 500 },
      );
    const status = (): Promise<AutoscaleStatus> => api(cloud(), `${PATH}/autoscale`);

    it(`gains nothing by ${String(spikeS)} s of load`, async () => {
      await deployed(cloud(), compose(options));
      [first] = await until(1, 90_000);
      hostsBefore = (await alive(cloud())).map(({ host }) => host);
      const inDns = (): Promise<true | undefined> =>
        digSrv(cloud(), srvName(cloud(), STACK, 'web')).then((targets) => targets.length > 0 || undefined);
      await waitUntil(inDns, { what: 'its record', timeoutMs: 90_000, everyMs: 250 });
      quiet = visit({ path: '/', restMs: 200 });
      const told = (): Promise<true | undefined> =>
        status().then(({ loads }) => (loads[0]?.load != null ? true : undefined));
      await waitUntil(told, { what: 'the first beat that tells of CPU', timeoutMs: LATE_MS, everyMs: 500 });
      const spike = visit();
      await sleep(spikeS * 1000);
      await spike.stop();
      await sleep(windowS * 1000);
      expect(await serving()).toHaveLength(1);
    }, 360_000);

    it('gains replicas by a load that lasts, and a host when nothing fits', async () => {
      const startedMs = Date.now();
      const load = visit();
      await until(max, windowS * 1000 * 2 + LATE_MS + HOST_MS);
      tell(`${String(max)} replicas served ${seconds(startedMs)} s after the load began`);
      expect(await alive(cloud())).toHaveLength(hostsBefore.length + 1);
      await load.stop();
    }, 840_000);

    if (options.hot)
      it('gains nothing when one of five is hot', async () => {
        // What was asked for under the load that has just ended would come with a higher bound.
        const calm = (): Promise<true | undefined> =>
          status().then(({ loads }) => (loads[0]?.load ?? Infinity) < CALM_PERCENT || undefined);
        await waitUntil(calm, { what: 'beats that tell of no load', timeoutMs: LATE_MS, everyMs: 500 });
        // Nothing but bounds by hand keeps five without a load.
        expect((await cli(cloud(), 'scale', `${STACK}/web`, '--min', '5', '--max', '8')).code).toBe(0);
        const five = await until(FIVE, HOST_MS + LATE_MS);
        const newest = five.at(-1)!;
        const name = await waitUntil(() => ownName(cloud(), newest), {
          what: `a record of ${newest.replica}`,
          timeoutMs: LATE_MS,
          everyMs: 250,
        });
        const hot = visit({ name });
        await sleep(windowS * 1000 + LOOKED_MS);
        const { loads, replicaLoads, proposed } = await status();
        await hot.stop();
        tell(`one hot replica: mean ${String(loads[0]?.load)} %, ${String(proposed)} asked for`);
        const found = await serving();
        expect((await cli(cloud(), 'scale', `${STACK}/web`, '--reset')).code).toBe(0);
        expect(Math.max(...replicaLoads.map((one) => one.loads[0]?.load ?? 0))).toBeGreaterThan(120);
        expect(found).toHaveLength(FIVE);
      }, 840_000);

    it('loses the newest replicas when the load is over, then the newest host', async () => {
      const endedMs = Date.now();
      const [last] = await until(1, (stabilizationS * 1000 + LATE_MS) * 2);
      tell(`1 replica was left ${seconds(endedMs)} s after the load ended`);
      expect(last?.task).toBe(first?.task);
      const events = await eventsOf(cloud());
      const created = passesOf(events, 'task-placed');
      const gone = passesOf(events, 'task-draining');
      tell(`created ${listed(created)}; gone ${listed(gone)}`);
      expect(gone.flat().toSorted()).toEqual(created.flat().slice(1).toSorted());
      // Those of one pass are as new as each other, or go at once.
      const ages = gone.map((pass) => pass.map((task) => created.findIndex((one) => one.includes(task))));
      for (const [index, later] of ages.slice(1).entries())
        expect(Math.min(...(ages[index] ?? []))).toBeGreaterThanOrEqual(Math.max(...later));

      const left = await waitUntil(
        async () => {
          const hosts = (await alive(cloud())).map(({ host }) => host);
          return hosts.length === hostsBefore.length ? hosts : undefined;
        },
        { what: 'the newest host to be gone', timeoutMs: surplusAfterMs + 2 * LATE_MS, everyMs: 500 },
      );
      tell(`its host was gone ${seconds(endedMs)} s after the load ended`);
      expect(left).toEqual(hostsBefore);
      await waitUntil(
        async () => {
          const running = (await instancesOf(cloud())).filter(({ state }) => state !== 'terminated');
          return running.length === hostsBefore.length || undefined;
        },
        { what: 'its instance to be terminated', timeoutMs: LATE_MS, everyMs: 500 },
      );
    }, 1_200_000);

    it('fails no request of a client that honours SRV and TTL', async () => {
      await quiet.stop();
      expect(all.flatMap(({ failed }) => failed)).toEqual([]);
      expect(quiet.requests()).toBeGreaterThan(100);
      tell(`${String(all.reduce((sum, one) => sum + one.requests(), 0))} requests, 0 failed`);
    });

    it('tells how it went, as table and as a drawing', async () => {
      const codes = (await eventsOf(cloud()))
        .filter(({ subject }) => subject === `${STACK}/web`)
        .map(({ code }) => code);
      expect(codes).toEqual(expect.arrayContaining(['scaled-out', 'scaled-in']));
      const { points } = await api<ScaleTimeline>(cloud(), `${PATH}/autoscale/timeline`);
      expect(Math.max(...points.map(({ wanted }) => wanted))).toBe(options.hot ? Math.max(FIVE, max) : max);
      const folder = mkdtempSync(join(tmpdir(), 'berth-e2e-'));
      try {
        const svg = join(folder, 'web.svg');
        const said = await cli(cloud(), 'autoscale', 'history', `${STACK}/web`, '--svg', svg);
        expect(said.text).toMatch(/TIME +WANTED +RUNNING/);
        expect(existsSync(svg) && readFileSync(svg, 'utf8')).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
        tell(`the time line has ${String(points.length)} rows:\n${said.text}`);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }, 120_000);
  });
}

const seconds = (sinceMs: number): string => ((Date.now() - sinceMs) / 1000).toFixed(1);

/** Hosts that are there or come, oldest first. */
const alive = async (cloud: Cloud): Promise<readonly HostView[]> =>
  (await hostViews(cloud)).filter(({ state }) => state !== 'terminating' && state !== 'terminated');

/** Replicas of the service of which that was decided, by the passes that decided it, in their order. */
function passesOf(events: readonly EventView[], code: string): string[][] {
  const ours = events.filter((one) => one.stack === STACK && one.code === code);
  return [...Map.groupBy(ours, ({ at }) => at).values()].map((pass) => pass.map(({ subject }) => subject));
}

const listed = (passes: readonly (readonly string[])[]): string =>
  passes.map((pass) => pass.join(' + ')).join(', ');

/** Where that replica answers, as `HOST:PORT`, once it is in DNS. */
async function ownName(cloud: Cloud, replica: Replica): Promise<string | undefined> {
  const all = await digSrv(cloud, srvName(cloud, STACK, 'web'));
  const port = replica.ports[0]?.host;
  for (const target of all) {
    const [address] = await digA(cloud, target.name);
    if (target.port === port && address === replica.address) return `${target.name}:${String(port)}`;
  }
  return undefined;
}

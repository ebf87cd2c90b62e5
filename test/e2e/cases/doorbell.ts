/** The doorbell on real hosts: how soon a deploy is known there, and that nothing needs it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { call } from '../support/calls.ts';
import { TEST_IMAGE } from '../support/images.ts';
import { machineWaits } from '../support/machine-waits.ts';
import { api, replicasOf } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

const ROUNDS = 9;
/** The promise: half of all deploys are known to the agent within this, from the answer to the PUT. */
const P50_MS = 300;
/** What a machine that keeps programs waiting may add to it, at most. Beside a doorbell, polls come every four seconds. */
const BUSY_S = 0.5;

/** So small that all of them fit on the one host: another host would have to boot first. */
const compose = (name: string): string => `
name: ${name}
services:
  one:
    image: ${TEST_IMAGE}
    environment: { HEALTHY: 'yes' }
    deploy: { resources: { limits: { pids: 64 }, reservations: { cpus: '0.05', memory: 16M } } }
`;

/** Milliseconds since 1970. */
interface Deploy {
  readonly answeredMs: number;
  readonly rungMs: number | undefined;
  /** The agent asked for the manifest and got a new one. */
  readonly fetchedMs: number;
  /** What the machine is forgiven of the time between the answer and that. */
  readonly waitedMs: number;
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;

export function doorbellCases(cloud: () => Cloud): void {
  const stacks: string[] = [];

  /** A new stack of one replica: one change of one manifest. */
  async function deployOne(): Promise<Deploy> {
    const name = `bell-${String(stacks.length + 1)}`;
    const path = `/v1/stacks/${name}`;
    const startedMs = Date.now();
    const put = await call(cloud(), {
      method: 'PUT',
      path,
      body: compose(name),
      type: 'application/yaml',
    });
    const answeredMs = Date.now();
    const waits = machineWaits(BUSY_S);
    if (put.status >= 300) throw new Error(`PUT ${path}: ${String(put.status)} ${put.text}`);
    stacks.push(name);
    const fetchedMs = await waitUntil(() => Promise.resolve(newManifestSince(startedMs)), {
      what: `an agent that fetches the manifest of ${name}`,
      timeoutMs: 90_000,
      everyMs: 100,
    });
    const waitedMs = Math.round(waits() * 1000);
    const rungMs = cloud()
      .websocket.posts()
      .find((atMs) => atMs >= startedMs);
    await healthy(name);
    return { answeredMs, rungMs, fetchedMs, waitedMs };
  }

  /** When an agent asked for a manifest that was a new one; the emulator's own clock is this machine's. */
  function newManifestSince(sinceMs: number): number | undefined {
    const found = cloud()
      .relay.calls()
      .filter(({ method, path, status }) => method === 'GET' && path.endsWith('/manifest') && status === 200)
      .map(({ time }) => Date.parse(time));
    return found.find((atMs) => atMs >= sinceMs);
  }

  const healthy = (stack: string): Promise<unknown> =>
    waitUntil(
      async () => {
        const [one] = await replicasOf(cloud(), stack);
        return one?.phase === 'running' || undefined;
      },
      { what: `${stack} to run`, timeoutMs: 180_000, everyMs: 250 },
    );

  describe('the doorbell', () => {
    beforeAll(async () => {
      await deployOne(); // a host is there from here on
      await connected(cloud());
    }, 360_000);
    afterAll(async () => {
      cloud().websocket.setReachable(true);
      await Promise.all([...stacks].map((stack) => api(cloud(), `/v1/stacks/${stack}`, 'DELETE')));
    }, 240_000);

    it('is held by every host, as its own role session and no other', () => {
      const principals = cloud()
        .websocket.connections()
        .map(({ principal }) => principal);
      const role = cloud().outputs['HostRoleName'] ?? '';
      const expected = cloud()
        .hosts()
        .map(({ instanceId }) => `arn:aws:sts::${cloud().plan.account}:assumed-role/${role}/${instanceId}`);
      expect([...new Set(principals)].toSorted()).toEqual(expected.toSorted());
    });

    it(`brings a deploy to the agent within ${P50_MS} ms, half of the time`, async () => {
      const rounds: Deploy[] = [];
      for (let round = 0; round < ROUNDS; round += 1) rounds.push(await deployOne());
      const fromAnswer = rounds.map(({ fetchedMs, answeredMs }) => fetchedMs - answeredMs);
      const net = rounds.map(({ fetchedMs, answeredMs, waitedMs }) => fetchedMs - answeredMs - waitedMs);
      const fromRing = rounds.flatMap(({ fetchedMs, rungMs }) =>
        rungMs === undefined ? [] : [fetchedMs - rungMs],
      );
      tell(
        `PUT answered -> agent fetches the new manifest: p50 ${String(median(fromAnswer))} ms of ${fromAnswer.join(', ')}; ${String(median(net))} ms less what the machine is forgiven`,
      );
      tell(`manifest rung -> agent fetches it: p50 ${String(median(fromRing))} ms of ${fromRing.join(', ')}`);
      expect(fromRing).toHaveLength(ROUNDS);
      expect(median(net)).toBeLessThan(P50_MS);
    }, 360_000);

    it('is not needed: with every socket cut a deploy still comes by polling', async () => {
      cloud().websocket.setReachable(false);
      cloud().websocket.cutAll();
      const { answeredMs, fetchedMs, rungMs } = await deployOne();
      tell(
        `sockets cut: PUT answered -> agent fetches the new manifest: ${String(fetchedMs - answeredMs)} ms`,
      );
      expect(rungMs).toBeUndefined();
      expect(cloud().websocket.connections()).toEqual([]);
    }, 240_000);

    it('is opened again as soon as that can be done, and rings again', async () => {
      cloud().websocket.setReachable(true);
      const tookMs = await connected(cloud());
      tell(`sockets back after ${(tookMs / 1000).toFixed(1)} s`);
      expect((await deployOne()).rungMs).toBeDefined();
    }, 480_000);
  });
}

/** Until every host holds a socket; resolves with how long that took. */
async function connected(cloud: Cloud): Promise<number> {
  const startedMs = Date.now();
  await waitUntil(
    () => Promise.resolve(cloud.websocket.connections().length >= cloud.hosts().length || undefined),
    { what: 'a socket of every host', timeoutMs: 150_000 },
  );
  return Date.now() - startedMs;
}

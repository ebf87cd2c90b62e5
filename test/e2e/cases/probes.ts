/** Probes of `x-berth.health` and the replica's own word: who is in DNS, who is restarted, and how soon it shows. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Replica } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { controlRoute53 } from '../support/control.ts';
import { digSrv, srvName } from '../support/dns.ts';
import { containerOf, docker, hostNamed, sh } from '../support/hosts.ts';
import { TEST_IMAGE } from '../support/images.ts';
import { machineWaits } from '../support/machine-waits.ts';
import { startProber, uptime } from '../support/prober.ts';
import { deploy, leave, replicasOf } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

const STACK = 'sensor';
const COMPOSE = `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    ports: [{ target: 8080, name: http }]
    stop_grace_period: 2s
    deploy: { replicas: 2 }
    x-berth:
      health:
        readiness: { kind: http, path: /ready, interval: 500ms, failures: 1 }
        liveness: { kind: exec, command: [test, "!", -e, /tmp/dead], interval: 500ms, timeout: 5s, failures: 2 }
        startGrace: 5s
        signal: true
`;
const PROPAGATION_MS = 500;
const REACTION_S = 1;
/** What a machine that keeps programs waiting may add to it, at most. */
const BUSY_S = 3;
/** Of the measurement. */
const ROUNDS = 6;

/** Says a line on a socket, and prints the answer: the host's Node, through the container's own mounts. */
const SAY = `
const socket = require('node:net').connect(process.argv[1]);
socket.end(process.argv[2] + '\\n');
socket.on('data', (part) => process.stdout.write(part)).on('error', (error) => process.stdout.write(error.code));
`;

export function probeCases(cloud: () => Cloud): void {
  describe('probes', () => {
    const name = (): string => srvName(cloud(), STACK, 'web');
    /** The first replica is what the cases are about; the second keeps the service from failing open. */
    const replica = async (slot = 1): Promise<Replica> => {
      const all = await replicasOf(cloud(), STACK);
      return all.find((each) => each.replica === `web-${String(slot)}`)!;
    };
    const inside = (...argv: string[]): Promise<string> => insideOf(1, ...argv);
    const insideOf = async (slot: number, ...argv: string[]): Promise<string> => {
      const { host, id } = await containerOf(cloud(), await replica(slot));
      return docker(host, 'exec', id, ...argv);
    };
    const say = async (line: string, slot = 1): Promise<string> => {
      const { host, id } = await containerOf(cloud(), await replica(slot));
      const pid = (await docker(host, 'inspect', '--format', '{{.State.Pid}}', id)).trim();
      const socket = `/proc/${pid}/root/run/berth/health.sock`;
      return sh(host, `/opt/berth/current/bin/node -e "${SAY.replaceAll('\n', ' ')}" ${socket} '${line}'`);
    };
    const targets = (count: number): Promise<unknown> =>
      waitUntil(async () => (await digSrv(cloud(), name())).length === count || undefined, {
        what: `${String(count)} SRV targets`,
        timeoutMs: 90_000,
      });
    const until = (wanted: Partial<Replica>, timeoutMs = 30_000, slot = 1): Promise<Replica> =>
      waitUntil(
        async () => {
          const now = await replica(slot);
          const agrees = Object.entries(wanted).every(([key, value]) => now[key as keyof Replica] === value);
          return agrees ? now : undefined;
        },
        { what: JSON.stringify(wanted), timeoutMs, everyMs: 250 },
      );

    beforeAll(() => controlRoute53(cloud(), 'POST delay', { ms: PROPAGATION_MS }));
    afterAll(() => leave(cloud(), STACK), 120_000);

    it('and its word must agree before a replica is in DNS', async () => {
      expect((await deploy(cloud(), COMPOSE, '--no-wait')).code).toBe(0);
      await waitUntil(async () => ((await replicasOf(cloud(), STACK)).length === 2 ? true : undefined), {
        what: 'the replicas',
        timeoutMs: 90_000,
        everyMs: 250,
      });
      for (const slot of [1, 2]) await until({ phase: 'running' }, 60_000, slot);
      expect(await say('ready')).toBe('ok\n');
      expect(await say('not-ready still loading')).toBe('ok\n');
      await inside('touch', '/www/ready');
      const waiting = await until({ health: 'unhealthy' });
      expect(waiting).toMatchObject({ registered: false, attempt: 1 });
      expect(await digSrv(cloud(), name())).toEqual([]);
      expect(await say('ready')).toBe('ok\n');
      await targets(1);
      expect(await replica()).toMatchObject({ health: 'healthy', attempt: 1 });
      expect(await say('ready', 2)).toBe('ok\n');
      await insideOf(2, 'touch', '/www/ready');
      await targets(2);
    }, 240_000);

    it('has a socket that every user reaches and nobody can put another in place of', async () => {
      const { host, id } = await containerOf(cloud(), await replica());
      await docker(host, 'exec', '--user', '65534:65534', id, 'test', '-w', '/run/berth/health.sock');
      await expect(docker(host, 'exec', id, 'rm', '/run/berth/health.sock')).rejects.toThrow(/Read-only/);
      expect(await inside('sh', '-c', 'echo $BERTH_HEALTH_SOCKET')).toBe('/run/berth/health.sock\n');
    }, 60_000);

    it('that fails takes the replica out of DNS, and restarts nothing', async () => {
      await inside('rm', '/www/ready');
      await targets(1);
      expect(await replica()).toMatchObject({ phase: 'running', health: 'unhealthy', attempt: 1 });
      await inside('touch', '/www/ready');
      await targets(2);
      expect(await replica()).toMatchObject({ health: 'healthy', attempt: 1 });
    }, 120_000);

    it('shows within a second and the propagation, measured from the replica’s word', async () => {
      /** In all, and less what the machine is forgiven. */
      const took: { readonly seconds: number; readonly net: number }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const out = round % 2 === 0;
        const prober = startProber(cloud(), name(), 25);
        const [began, waits] = [uptime(), machineWaits(BUSY_S)];
        expect(await say(out ? 'not-ready for a test' : 'ready')).toBe('ok\n');
        const wanted = out ? 1 : 2;
        await targets(wanted);
        const waited = waits();
        const answers = await prober.stop();
        const last = answers.findLast((each) => each.targets.length !== wanted);
        const at = answers.find((each) => each.askedAt > (last?.askedAt ?? 0))?.at ?? uptime();
        took.push({ seconds: at - began, net: at - began - waited });
      }
      const sorted = took.toSorted((a, b) => a.net - b.net);
      tell(
        `a replica's word was in DNS after ${sorted.map(({ seconds, net }) => `${seconds.toFixed(2)} (${net.toFixed(2)})`).join(', ')} s (less what the machine is forgiven), propagation of ${PROPAGATION_MS} ms included`,
      );
      // The better half: what else runs on this machine may hold up the other.
      expect(sorted[ROUNDS / 2 - 1]!.net).toBeLessThan(PROPAGATION_MS / 1000 + REACTION_S);
    }, 240_000);

    it('is kept through a restart of the agent, without a change in DNS', async () => {
      const prober = startProber(cloud(), name(), 50);
      const host = hostNamed(cloud(), (await replica()).host);
      const agent = (): Promise<string> => sh(host, 'systemctl show --property=MainPID --value berth-agent');
      const before = await agent();
      await sh(host, `kill -9 ${before}`);
      await waitUntil(async () => ((await say('ready').catch(() => '')) === 'ok\n' ? true : undefined), {
        what: 'the socket of the next agent',
        timeoutMs: 90_000,
      });
      expect(await agent()).not.toBe(before);
      const answers = await prober.stop();
      expect(answers.filter((each) => each.targets.length !== 2)).toEqual([]);
    }, 120_000);

    it('of life restarts the container within its task, and its word is asked for again', async () => {
      const before = await replica();
      await inside('touch', '/tmp/dead');
      await targets(1);
      const after = await until({ attempt: 2, phase: 'running' });
      expect(after.task).toBe(before.task);
      await inside('touch', '/www/ready');
      expect(await replica()).toMatchObject({ registered: false });
      await waitUntil(async () => ((await say('ready')) === 'ok\n' ? true : undefined), {
        what: 'the word',
        timeoutMs: 30_000,
      });
      await targets(2);
      expect(await replica()).toMatchObject({ task: before.task, attempt: 2, health: 'healthy' });
    }, 120_000);
  });
}

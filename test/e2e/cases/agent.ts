/** A dead agent, and a dead control plane: containers do not notice, and what crashes meanwhile is restarted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Replica } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import type { HostWhereabouts } from '../../../local/whereabouts.ts';
import { launches } from '../support/control.ts';
import { containerOf, docker, hostNamed, runningContainers, sh } from '../support/hosts.ts';
import { HEALTH_CHECK, TEST_IMAGE } from '../support/images.ts';
import { calm, deployed, leave, replicasOf } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

const STACK = 'steady';
const COMPOSE = `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    environment: { HEALTHY: 'yes' }
    ports: [{ target: 8080, name: http }]
    ${HEALTH_CHECK}
    stop_grace_period: 2s
    deploy: { replicas: 3 }
`;
const ADOPTED_WITHIN_S = 5;
/** A call of an agent gives up after 10 s: a shorter freeze would not even be noticed. */
const FREEZE_S = 15;
/** From the moment in which the control plane is back. */
const RECOVERED_WITHIN_S = 15;
/** After minutes an emulator first answers what was asked of it meanwhile; how long that takes is the machine's affair. */
const RECOVERED_AFTER_MINUTES_S = 60;

/** @param freezeS how long the control plane is gone */
export function agentCases(cloud: () => Cloud, freezeS = FREEZE_S): void {
  describe('the agent', () => {
    const replicas = (): Promise<Replica[]> => replicasOf(cloud(), STACK);

    beforeAll(async () => {
      await deployed(cloud(), COMPOSE);
      await calm(cloud());
    }, 120_000);
    afterAll(() => leave(cloud(), STACK), 120_000);

    it('killed, comes back and adopts its containers, of which none stops', async () => {
      const before = await runningContainers(cloud());
      expect(before.length).toBeGreaterThanOrEqual(3);
      const [replica] = await replicas();
      const host = hostNamed(cloud(), replica!.host);
      const log = agentLog(cloud(), host);
      const said = log().length;
      await sh(host, 'kill -9 $(systemctl show --property=MainPID --value berth-agent)');
      const online = await waitUntil(
        () =>
          Promise.resolve(
            log()
              .slice(said)
              .find((line) => line.event === 'online'),
          ),
        { what: 'the agent to be back', timeoutMs: 90_000 },
      );
      const started = log()
        .slice(said)
        .find((line) => line.event === 'start')!;
      const adopted = log()
        .slice(said)
        .find((line) => line.event === 'docker-answers')!;
      expect(adopted).toMatchObject({ containers: before.filter((line) => line.startsWith(host.id)).length });
      const seconds = (Date.parse(online.time) - Date.parse(started.time)) / 1000;
      tell(
        `an agent that was killed had adopted its containers ${(Date.parse(adopted.time) - Date.parse(started.time)) / 1000} s after its start, and was online after ${seconds} s`,
      );
      expect(seconds).toBeLessThan(ADOPTED_WITHIN_S);
      await sleep(2000); // a pass, a report and a reconciliation later
      expect(await runningContainers(cloud())).toEqual(before);
      expect(
        log()
          .slice(said)
          .filter((line) => line.event === 'step'),
      ).toEqual([]);
    }, 120_000);

    it(
      `runs on while the control plane is gone for ${freezeS} s, and restarts what crashes, also an agent`,
      async () => {
        const before = await runningContainers(cloud());
        const launched = await launches(cloud());
        const replicasBefore = await replicas();
        const [victim, second] = replicasBefore;
        const crashed = await Promise.all([victim!, second!].map((each) => containerOf(cloud(), each)));
        const { host } = crashed[0]!;
        /** Kills a replica's container. Resolves with the seconds until it runs again. */
        const killed = async (replica: Replica): Promise<number> => {
          const { host: on, id } = await containerOf(cloud(), replica);
          const atMs = Date.now();
          await docker(on, 'kill', id);
          const running = async (): Promise<true | undefined> =>
            (await docker(on, 'inspect', '--format', '{{.State.Running}}', id)).includes('true') || undefined;
          await waitUntil(running, { what: 'the restart', timeoutMs: 30_000 });
          return (Date.now() - atMs) / 1000;
        };
        const { pid } = cloud().emulator;
        process.kill(pid, 'SIGSTOP');
        const frozenMs = Date.now();
        try {
          tell(
            `a container killed while the control plane was gone ran again after ${await killed(victim!)} s`,
          );
          await agentKilled(cloud(), hostNamed(cloud(), second!.host));
          tell(`one of an agent killed meanwhile ran again after ${await killed(second!)} s`);
          await sleep(Math.max(0, freezeS * 1000 - (Date.now() - frozenMs)));
        } finally {
          process.kill(pid, 'SIGCONT');
        }
        const backMs = Date.now();
        for (const each of cloud().hosts()) {
          const back = (): Promise<true | undefined> =>
            Promise.resolve(isOnline(agentLog(cloud(), each)()) || undefined);
          await waitUntil(back, { what: `${each.id} to be online`, timeoutMs: 120_000 });
          tell(`${each.id} was online ${(Date.now() - backMs) / 1000} s after a freeze of ${freezeS} s`);
        }
        const since = agentLog(cloud(), host)().filter((line) => Date.parse(line.time) > frozenMs);
        expect(since.map((line) => line.event)).toContainEqual(
          expect.stringMatching(/^(report-failed|not-registered|offline)$/),
        );
        const wanted = replicasBefore.map(({ task, attempt }) => [
          task,
          attempt + (task === victim!.task || task === second!.task ? 1 : 0),
          'healthy',
          true,
        ]);
        const now = async () =>
          (await replicas()).map((each) => [each.task, each.attempt, each.health, each.registered]);
        const recovered = async (): Promise<true | undefined> =>
          JSON.stringify(await now()) === JSON.stringify(wanted) || undefined;
        await waitUntil(recovered, {
          what: 'every replica to be told healthy',
          timeoutMs: RECOVERED_AFTER_MINUTES_S * 1000,
          everyMs: 250,
        });
        const recoveredS = (Date.now() - backMs) / 1000;
        tell(`${recoveredS} s after a freeze of ${freezeS} s all was known and in DNS again`);
        expect(recoveredS).toBeLessThan(freezeS < 60 ? RECOVERED_WITHIN_S : RECOVERED_AFTER_MINUTES_S);
        await sleep(3000); // what was queued meanwhile has its say
        const others = (list: readonly string[]) =>
          list.filter((line) => !crashed.some(({ id }) => line.includes(id)));
        const after = await runningContainers(cloud());
        expect(others(after)).toEqual(others(before));
        expect(after).toHaveLength(before.length);
        expect(await now()).toEqual(wanted);
        expect(await launches(cloud())).toBe(launched);
      },
      (freezeS + 90) * 1000,
    );
  });
}

interface LogLine {
  readonly time: string;
  readonly event: string;
  readonly [key: string]: unknown;
}

/** Kills a host's agent and waits until the next one has adopted the containers, whatever the control plane says. */
async function agentKilled(cloud: Cloud, host: HostWhereabouts): Promise<void> {
  const log = agentLog(cloud, host);
  const said = log().length;
  await sh(host, 'kill -9 $(systemctl show --property=MainPID --value berth-agent)');
  const adopted = (): Promise<true | undefined> =>
    Promise.resolve(
      log()
        .slice(said)
        .some((line) => line.event === 'docker-answers') || undefined,
    );
  await waitUntil(adopted, { what: 'the next agent to see its containers', timeoutMs: 90_000 });
}

/** Its last word on whether the control plane answers. */
const isOnline = (log: readonly LogLine[]): boolean =>
  log.findLast(({ event }) => event === 'online' || event === 'offline')?.event === 'online';

/** What the agent of a host has said so far. (`.berth/log` is the host's own /var/log.) */
function agentLog(cloud: Cloud, host: HostWhereabouts): () => readonly LogLine[] {
  const file = join(cloud.plan.paths.logs, host.instanceId, 'berth-agent.log');
  return () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
}

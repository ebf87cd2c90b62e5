/** A Docker that hangs for more than two minutes on one of three real hosts, at default timings (row 4 of the faults). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DOCKER_SILENT_MS } from '../../functions/core/health/silent-docker.ts';
import { hostsOfStack, slotsOfTargets, spread, STACK, when } from '../e2e/cases/host-loss.ts';
import { launches } from '../e2e/support/control.ts';
import { srvName } from '../e2e/support/dns.ts';
import { runningContainers, sh } from '../e2e/support/hosts.ts';
import { instancesOf } from '../e2e/support/launches.ts';
import { oneCloud } from '../e2e/support/one-cloud.ts';
import { startProber, uptime, type Answer } from '../e2e/support/prober.ts';
import { eventsOf, hostViews, leave, replicasOf, withSettings } from '../e2e/support/stacks.ts';
import { tell } from '../e2e/support/tell.ts';
import type { HostWhereabouts } from '../../local/whereabouts.ts';

const HOSTS = 3;
const SILENT_S = DOCKER_SILENT_MS / 1000;
/** 10 s until the next list, 10 s for its answer, and a report. */
const TOLD_S = 30;
/** From the drain: a replacement's start and health, Route 53, and a TTL. */
const MOVED_S = 60;
/** From there: so long nobody waits for a stop any more. */
const ENDED_S = SILENT_S + 90;

const cloud = oneCloud('soak-docker');

describe('of 3 hosts the Docker of one hangs', () => {
  let restore = (): Promise<void> => Promise.resolve();
  beforeAll(async () => {
    // Room that is not needed stays: this is about Docker.
    restore = await withSettings(cloud(), { surplusAfterMs: 3_600_000 });
    await spread(cloud(), HOSTS);
  }, 180_000);
  afterAll(async () => {
    await leave(cloud(), STACK);
    await restore();
  }, 60_000);

  it('its replica stays in DNS and says so until another serves, then its instance goes, and nothing else changes', async () => {
    const [silent, ...others] = (await hostsOfStack(cloud())) as [HostWhereabouts, ...HostWhereabouts[]];
    const before = { ...(await untouched(others)), launched: await launches(cloud()) };
    const events = (await eventsOf(cloud())).length;
    const slots = slotsOfTargets();
    await slots.learn(cloud());
    const prober = startProber(cloud(), srvName(cloud(), STACK, 'web'));
    await sh(silent, 'kill -STOP "$(cat /var/run/docker.pid)"');
    const frozenAt = uptime();
    const since = (): number => uptime() - frozenAt;

    const said = (): Promise<boolean> => oldOne(silent).then((one) => one.words.includes('does not answer'));
    const told = await when(since, TOLD_S, 'word of it', said);
    const unsaid: string[] = [];
    const drained = await when(since, SILENT_S + 45, 'the host to be drained', async () => {
      const one = await oldOne(silent);
      if (!one.isServed || !one.words.includes('does not answer')) unsaid.push(one.words);
      return (await stateOf(silent)) === 'draining';
    });
    const moved = await when(since, drained + MOVED_S, 'every replica elsewhere and in DNS', async () => {
      await slots.learn(cloud());
      const all = await replicasOf(cloud(), STACK);
      const well = all.filter((one) => one.registered && one.health === 'healthy' && one.host !== silent.id);
      return well.length === HOSTS;
    });
    const ended = await when(since, moved + ENDED_S, 'its instance to be terminated', async () =>
      (await instancesOf(cloud())).some(
        ({ id, state }) => id === silent.instanceId && state === 'terminated',
      ),
    );
    await sleep(5000);
    const answers = await prober.stop();
    tell(
      `Docker hung: told after ${told.toFixed(1)} s, drained after ${drained.toFixed(1)} s, replaced after ${moved.toFixed(1)} s, terminated after ${ended.toFixed(1)} s; ${String(answers.length)} answers of DNS`,
    );

    expect(drained).toBeGreaterThanOrEqual(SILENT_S);
    expect(unsaid).toEqual([]);
    // Start-first: whenever somebody asked, each slot had one target.
    slots.expectOneOfEach(answers);
    expect(answers.filter(({ targets }) => targets.length !== HOSTS)).toEqual([]);
    const named = (answer: Answer | undefined): boolean =>
      answer?.targets.some(({ name }) => name.startsWith(`${silent.id}.`)) ?? false;
    expect([named(answers[0]), named(answers.at(-1))]).toEqual([true, false]);
    const after = { ...(await untouched(others)), launched: await launches(cloud()) };
    expect(after.instances).toEqual(before.instances);
    expect(after.launched).toEqual(before.launched);
    expect(after.containers).toEqual(expect.arrayContaining([...before.containers]));
    expect(after.containers).toHaveLength(before.containers.length + 1);
    const ofHosts = (await eventsOf(cloud())).slice(events).filter(({ code }) => code.startsWith('host'));
    expect(ofHosts.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      `host-draining ${silent.id}`,
      `host-gone ${silent.id}`, // it is to be terminated
      `host-gone ${silent.id}`, // it is
    ]);
  }, 480_000);
});

/** What must stay as it is. */
async function untouched(hosts: readonly HostWhereabouts[]) {
  const ids = hosts.map(({ instanceId }) => instanceId);
  const instances = (await instancesOf(cloud())).filter(({ id }) => ids.includes(id));
  const containers = await runningContainers({ hosts: () => [...hosts] });
  return { instances: instances.map(({ id, state }) => `${id} ${state}`), containers };
}

const stateOf = async ({ id }: HostWhereabouts): Promise<string | undefined> =>
  (await hostViews(cloud())).find(({ host }) => host === id)?.state;

/** The replica's task on the silent host. */
async function oldOne({
  id,
}: HostWhereabouts): Promise<{ readonly isServed: boolean; readonly words: string }> {
  const one = (await replicasOf(cloud(), STACK)).find(({ host }) => host === id);
  return { isServed: one?.registered ?? false, words: one?.reason ?? '' };
}

/** The real launcher, with shell scripts for versions of the agent: whatever one of them does, an agent that works runs. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHome } from '../../agent/upgrade/home.ts';
import { agentHome, UPGRADING_AGENT, type AgentHomeFolder, type Supervisor } from '../support/agent-home.ts';
import { eventually } from '../support/eventually.ts';

const GOOD = 'exec sleep 600';

let home: AgentHomeFolder;
let supervisor: Supervisor | undefined;

beforeEach(() => {
  home = agentHome();
  home.addVersion('1', GOOD);
  home.boot('1');
});
afterEach(async () => {
  await supervisor?.stop();
  home.remove();
});

/** What the process of the service runs: `sleep 600`, and which version it was. */
const runs = (): string | undefined => {
  const pid = supervisor?.pid() ?? 0;
  if (!existsSync(`/proc/${pid}/cmdline`)) return undefined;
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sleep')
    ? home.lines('started').at(-1)
    : undefined;
};
const untilRuns = (version: string): Promise<unknown> =>
  eventually(() => Promise.resolve(runs() === version), {
    what: `version ${version} to run`,
    withinMs: 8000,
    seen: () => [runs(), home.lines('started'), home.files()],
  });
const upgrades = (running: string) =>
  createHome({
    folder: home.folder,
    running,
    fetchArchive: () => Promise.reject(new Error('nothing is fetched here')),
    restart: () => supervisor?.kill(),
  });

describe('an upgrade that is killed at any step', () => {
  it.each([20, 45, 70, 95, 120, 145, 170, 195, 220, 245, 270, 300])(
    'after %i ms goes on at the next start, and never leaves a host without an agent',
    async (afterMs) => {
      for (const version of ['1', '2'])
        home.addVersion(
          version,
          `exec ${process.execPath} --no-warnings ${UPGRADING_AGENT} "$HOME_FOLDER" ${version}`,
        );
      supervisor = home.supervise();
      await sleep(afterMs);
      supervisor.kill();
      await eventually(() => home.lines('confirmed').includes('2'), {
        what: 'the new version',
        withinMs: 20_000,
        seen: () => [home.lines('started'), home.files()],
      });
      expect(['current', 'previous', 'next'].map((name) => home.link(name))).toEqual(['2', '1', undefined]);
      expect(home.files().filter((name) => /^[0-9]$/.test(name))).toEqual(['1', '2']);
      expect(home.lines('refused')).toEqual([]);
    },
    30_000,
  );
});

describe('the launcher', () => {
  it('becomes the current version, with the arguments it was given', async () => {
    home.addVersion('1', `echo "$@" >>"$HOME_FOLDER/arguments"; ${GOOD}`);
    supervisor = home.supervise();
    await untilRuns('1');
    expect(home.lines('arguments')).toEqual([`${join(home.folder, '1')}/agent.mjs --config x`]);
  });

  it('starts what is on trial, and keeps it once it is confirmed', async () => {
    home.addVersion('2', GOOD);
    home.putOnTrial('2', 3);
    supervisor = home.supervise();
    await untilRuns('2');
    expect([home.link('current'), home.link('next')]).toEqual(['1', '2']);
    await upgrades('2').confirm();
    expect([home.link('current'), home.link('previous'), home.link('next')]).toEqual(['2', '1', undefined]);
    await sleep(3200);
    expect(runs()).toBe('2'); // its watcher found it confirmed
    supervisor.kill();
    await eventually(() => home.lines('started').length === 2, { what: 'the next start', withinMs: 5000 });
    await untilRuns('2');
    expect(home.lines('started')).toEqual(['2', '2']);
    expect(await upgrades('2').refusal()).toBeUndefined();
  });

  it('goes back from one that ends, after three tries', async () => {
    home.addVersion('2', 'exit 1');
    home.putOnTrial('2', 4);
    supervisor = home.supervise();
    await untilRuns('1');
    expect(home.lines('started')).toEqual(['2', '2', '2', '1']);
    expect(await upgrades('1').refusal()).toEqual({
      version: '2',
      request: 7,
      final: true,
      reason: 'it ended 3 times before the control plane had taken a report of it',
    });
    expect([home.link('current'), home.link('next')]).toEqual(['1', undefined]);
  });

  it('goes back from one that runs and is never confirmed', async () => {
    home.addVersion('2', GOOD);
    home.putOnTrial('2', 2);
    supervisor = home.supervise();
    await untilRuns('2');
    await untilRuns('1');
    expect(home.lines('started')).toEqual(['2', '1']);
    expect(await upgrades('1').refusal()).toMatchObject({
      version: '2',
      reason: 'it ran for 2 s, and the control plane took no report of it',
    });
  });

  it.each([
    ['lacks its Node', (folder: string) => rmSync(join(folder, '2/bin/node'))],
    ['lacks its bundle', (folder: string) => writeFileSync(join(folder, '2/agent.mjs'), '')],
    ['is gone', (folder: string) => rmSync(join(folder, '2'), { recursive: true })],
  ])('does not start one that %s', async (_, spoil) => {
    home.addVersion('2', GOOD);
    home.putOnTrial('2', 4);
    spoil(home.folder);
    supervisor = home.supervise();
    await untilRuns('1');
    expect(home.lines('started')).toEqual(['1']);
    expect(home.lines('refused').slice(0, 2)).toEqual(['2', '7']);
  });

  it.each(['', 'nonsense', '-1', '99999999999999999999'])(
    'goes on with files that hold "%s"',
    async (text) => {
      home.addVersion('2', GOOD);
      home.putOnTrial('2', 4);
      for (const file of ['trial', 'tries', 'trying', 'refused'])
        writeFileSync(join(home.folder, file), `${text}\n`);
      supervisor = home.supervise();
      await eventually(() => Promise.resolve(runs() !== undefined), { what: 'an agent', withinMs: 5000 });
    },
  );

  it('runs the version before, when the current one is gone', async () => {
    home.addVersion('2', GOOD);
    home.putOnTrial('2', 4);
    await upgrades('2').confirm();
    rmSync(join(home.folder, '2'), { recursive: true });
    supervisor = home.supervise();
    await untilRuns('1');
  });

  it('says so when there is none', async () => {
    rmSync(join(home.folder, '1'), { recursive: true });
    supervisor = home.supervise();
    await sleep(200);
    expect(runs()).toBeUndefined();
    expect(home.lines('started')).toEqual([]);
  });

  it.each([0, 1, 2, 3, 5, 8, 12, 20, 35, 60, 90])(
    'runs one of the two when the one on trial is killed after %i ms, again and again',
    async (afterMs) => {
      home.addVersion('2', GOOD);
      home.putOnTrial('2', 4);
      supervisor = home.supervise();
      for (let kills = 0; kills < 5; kills += 1) {
        await sleep(afterMs);
        supervisor.kill();
      }
      // In one look: the trial may end while it is looked at.
      const runsTheOne = (): boolean => runs() === (home.link('next') === undefined ? '1' : '2');
      await eventually(() => Promise.resolve(runsTheOne()), {
        what: 'the version on trial to run, or the current one once that is over',
        withinMs: 8000,
        seen: () => [runs(), home.link('next'), home.lines('started')],
      });
      // Nobody else runs: a killed one leaves no second agent behind.
      expect(home.link('current')).toBe('1');
    },
  );
});

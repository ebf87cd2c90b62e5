/** The whole agent around an upgrade: what runs is left alone, what works is confirmed, what fails is told. */
import { describe, expect, it } from '@jest/globals';
import type { Upgrades } from '../../../../agent/upgrade/upgrades.ts';
import type { AgentFailure } from '../../../../contract/agent-protocol.ts';
import { agentWorld } from '../../../support/agent-world.ts';
import { assignment, spec } from '../../../support/container-spec.ts';
import { programs } from '../../../support/programs.ts';

const archive = { bucket: 'assets', key: '2.tar.gz', sha256: 'a'.repeat(64) };
const idle = spec({ command: [...programs.idle.argv] });
const two = { version: '2', request: 7, trialMs: 20_000, archive };

function notedUpgrades(refusal?: AgentFailure) {
  const done: string[] = [];
  const note = (what: string): Promise<void> => {
    done.push(what);
    return Promise.resolve();
  };
  const upgrades: Upgrades = {
    refusal: () => Promise.resolve(refusal),
    has: () => Promise.resolve(false),
    fetch: (version) => note(`fetch ${version}`),
    putOnTrial: ({ version }) => note(`trial ${version}`),
    confirm: () => note('confirm'),
    restart: () => void done.push('restart'),
  };
  return { upgrades, done };
}

describe('an agent', () => {
  it('confirms itself when its first report is taken, not before', async () => {
    const { upgrades, done } = notedUpgrades();
    const world = agentWorld({ upgrades });
    world.setOnline(false);
    world.boot();
    await world.clock.advance(60_000);
    expect(done).toEqual([]);
    world.setOnline(true);
    await world.clock.advance(30_000);
    expect([done, world.reports.length > 0]).toEqual([['confirm'], true]);
  });

  it('brings the version it is asked for, and touches no container', async () => {
    const { upgrades, done } = notedUpgrades();
    const world = agentWorld({ upgrades });
    world.want({ 'web-1': idle }, [assignment(1)]);
    world.boot();
    await world.clock.advance(20_000);
    expect(world.told(assignment(1).task)).toMatchObject({ phase: 'running' });
    const before = JSON.stringify(world.docker.everything());
    world.askAgent(two);
    await world.clock.advance(5000);
    expect(done).toEqual(['confirm', 'fetch 2', 'trial 2', 'restart']);
    expect(JSON.stringify(world.docker.everything())).toBe(before);
  });

  it('tells what it went back from, and stays with it until it is asked anew', async () => {
    const refusal = { version: '2', request: 7, final: true, reason: 'it ended 3 times' };
    const { upgrades, done } = notedUpgrades(refusal);
    const world = agentWorld({ upgrades });
    world.askAgent(two);
    world.boot();
    await world.clock.advance(20_000);
    expect(world.reports.at(-1)?.agentFailure).toEqual(refusal);
    expect(done).toEqual(['confirm']);
    world.askAgent({ ...two, request: 8 });
    await world.clock.advance(5000);
    expect(done).toEqual(['confirm', 'fetch 2', 'trial 2', 'restart']);
    expect(world.reports.at(-1)).not.toHaveProperty('agentFailure');
  });

  it('on a host that cannot be upgraded says so, and goes on', async () => {
    const world = agentWorld();
    world.askAgent(two);
    world.want({ 'web-1': idle }, [assignment(1)]);
    world.boot();
    await world.clock.advance(20_000);
    expect(world.reports.at(-1)?.agentFailure).toMatchObject({ version: '2', request: 7, final: true });
    expect(world.told(assignment(1).task)).toMatchObject({ phase: 'running' });
  });
});

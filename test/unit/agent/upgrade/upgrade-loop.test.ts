/** The agent's part of an upgrade: what it fetches, when it restarts, what it tells, and what it leaves alone. */
import { describe, expect, it } from '@jest/globals';
import { createLog } from '../../../../agent/log.ts';
import { createUpgradeLoop } from '../../../../agent/loops/upgrade.ts';
import { WrongArchive, type Upgrades } from '../../../../agent/upgrade/upgrades.ts';
import type { AgentFailure, WantedAgent } from '../../../../contract/agent-protocol.ts';
import { emptyState } from '../../../../agent/state-file.ts';
import { virtualClock } from '../../../support/virtual-clock.ts';

const archive = { bucket: 'assets', key: '2.tar.gz', sha256: 'a'.repeat(64) };
const two: WantedAgent = { version: '2', request: 7, trialMs: 5000, archive };

function world(over: Partial<Upgrades> | 'none' = {}, refusal?: AgentFailure) {
  const clock = virtualClock();
  const done: string[] = [];
  const told: (AgentFailure | undefined)[] = [];
  const stop = new AbortController();
  const state = { online: true, wanted: undefined as WantedAgent | undefined };
  const note =
    (what: string) =>
    (version?: string | WantedAgent): Promise<void> => {
      done.push(
        version === undefined ? what : `${what} ${typeof version === 'string' ? version : version.version}`,
      );
      return Promise.resolve();
    };
  const upgrades: Upgrades = {
    refusal: () => Promise.resolve(refusal),
    has: () => Promise.resolve(false),
    fetch: note('fetch'),
    putOnTrial: note('trial'),
    confirm: note('confirm'),
    restart: () => {
      done.push('restart');
      stop.abort();
    },
    ...(over === 'none' ? {} : over),
  };
  const loop = createUpgradeLoop({
    upgrades: over === 'none' ? undefined : upgrades,
    running: '1',
    store: {
      get: () => ({
        ...emptyState,
        ...(state.wanted && {
          manifest: {
            host: 'h-test0001',
            generation: 1,
            pollMs: 1000,
            beatMs: 1000,
            specs: {},
            assignments: [],
            agent: state.wanted,
          },
        }),
      }),
    },
    online: () => state.online,
    clock,
    random: () => 0.5,
    log: createLog(
      () => undefined,
      () => clock.now(),
    ),
    signal: stop.signal,
    onChange: () => told.push(loop.failure()),
  });
  void loop.run();
  const want = async (wanted: WantedAgent | undefined): Promise<void> => {
    state.wanted = wanted;
    loop.look();
    await clock.advance(100);
  };
  return { clock, done, told, loop, state, want, note };
}

describe('an agent that is asked for another version', () => {
  it('first confirms its own, then fetches it, puts it on trial and restarts', async () => {
    const { done, loop, want, clock } = world();
    await want(two);
    expect(done).toEqual([]);
    loop.confirm();
    await clock.advance(100);
    expect(done).toEqual(['confirm', 'fetch 2', 'trial 2', 'restart']);
  });

  it('fetches nothing that is here, and asks for nothing when it runs it', async () => {
    const { done, loop, want } = world({ has: () => Promise.resolve(true) });
    loop.confirm();
    await want({ ...two, version: '1' });
    expect(done).toEqual(['confirm']);
    await want({ version: '2', request: 8, trialMs: 5000 });
    expect(done).toEqual(['confirm', 'trial 2', 'restart']);
  });

  it('does nothing on the word of a manifest from the disk', async () => {
    const { done, loop, want, state } = world();
    state.online = false;
    loop.confirm();
    await want(two);
    expect(done).toEqual(['confirm']);
    state.online = true;
    await want(two);
    expect(done.at(-1)).toBe('restart');
  });

  it('tries again what cannot be had now, and tells why', async () => {
    let failures = 0;
    const { done, told, loop, want, clock } = world({
      fetch: () => (++failures < 4 ? Promise.reject(new Error('S3 answered 503')) : Promise.resolve()),
    });
    loop.confirm();
    await want(two);
    expect(told).toEqual([{ version: '2', request: 7, final: false, reason: 'S3 answered 503' }]);
    await clock.advance(120_000);
    expect(done).toEqual(['confirm', 'trial 2', 'restart']);
    expect(told).toHaveLength(1);
  });

  it.each([
    [
      'the archive is another one',
      { fetch: () => Promise.reject(new WrongArchive('other digest')) },
      two,
      'other digest',
    ],
    ['it is gone', {}, { version: '2', request: 7, trialMs: 5000 }, 'version 2 is no longer on this host'],
    [
      'the host cannot',
      'none' as const,
      two,
      'this host was booted by a version that cannot upgrade it: drain it',
    ],
  ])('gives up when %s, until it is asked anew', async (_, over, wanted, reason) => {
    const { done, told, loop, want, clock } = world(over);
    loop.confirm();
    await want(wanted);
    await clock.advance(600_000);
    expect(told).toEqual([{ version: '2', request: 7, final: true, reason }]);
    expect(done.filter((what) => what !== 'confirm')).toEqual([]);
    await want({ ...wanted, request: 8 });
    expect(told.map((each) => each?.request)).toEqual([7, undefined, 8]);
  });

  it('tells after going back, and tries that version only when asked anew', async () => {
    const refusal = { version: '2', request: 7, final: true, reason: 'it ended 3 times' };
    const { done, told, loop, want } = world({}, refusal);
    loop.confirm();
    await want(two);
    expect([told, done]).toEqual([[refusal], ['confirm']]);
    await want({ ...two, request: 8 });
    expect(done.at(-1)).toBe('restart');
  });

  it('leaves a version that is no longer wanted when it has come', async () => {
    const { done, loop, want, state } = world({
      fetch: () => {
        state.wanted = { ...two, version: '1', request: 9 };
        return Promise.resolve();
      },
    });
    loop.confirm();
    await want(two);
    expect(done).toEqual(['confirm']);
  });

  it('confirms again when the disk refused', async () => {
    let tries = 0;
    const { loop, clock } = world({
      confirm: () => (++tries < 3 ? Promise.reject(new Error('ENOSPC')) : Promise.resolve()),
    });
    loop.confirm();
    await clock.advance(10_000);
    loop.confirm();
    await clock.advance(10_000);
    expect(tries).toBe(3);
  });
});

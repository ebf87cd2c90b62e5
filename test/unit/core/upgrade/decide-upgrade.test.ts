import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { REFUSED_MAX } from '../../../../functions/core/model/agent.ts';
import {
  decideUpgrade,
  UPGRADE_DEADLINE_MS,
  WAVE_SHARE,
} from '../../../../functions/core/upgrade/decide-upgrade.ts';
import { host, hostView, NOW, snapshot } from '../../../support/builders.ts';
import { littleFleet, release, WATCH_MS, type Fleet, type Way } from './little-fleet.ts';

const codes = (fleet: Fleet) => fleet.decisions.map(({ code }) => code);
const runFor = (fleet: Fleet, ms: number, passMs = 5000): void => {
  for (const endMs = fleet.nowMs + ms; fleet.nowMs < endMs;) fleet.step(passMs);
};

describe('a newly published agent', () => {
  it('is tried by the oldest host alone, and gets to the others when that was well for the watch', () => {
    const fleet = littleFleet(['good', 'good', 'good']);
    fleet.publish('2');
    runFor(fleet, WATCH_MS);
    expect(fleet.running()).toEqual(['2', '1', '1']);
    expect(fleet.decisions.map(({ message }) => message)).toEqual([
      'h-host0000 tries agent 2 first (it runs 1); when it has been well with it for 60 s the others follow, else it goes back',
    ]);
    runFor(fleet, 60_000);
    expect(fleet.running()).toEqual(['2', '2', '2']);
    expect(codes(fleet)).toEqual(['agent-canary', 'agent-proven', 'agent-upgrading', 'agent-upgrading']);
    const asked = fleet.asked.length;
    runFor(fleet, 3_600_000, 60_000);
    expect(fleet.asked).toHaveLength(asked);
  });

  it.each<[Way, RegExp]>([
    ['goes-back', /refused: h-host0000 went back to 1: it ended; no other host gets it, publish another one/],
    ['silent', /refused: h-host0000 fell silent while it tried it/],
    [
      'cannot-fetch',
      /refused: h-host0000 has not reported it 10 min after it was asked; it says: S3 says 403/,
    ],
  ])('is refused when the canary %s, and asked of nobody again', (way, said) => {
    const fleet = littleFleet([way, 'good', 'good']);
    fleet.publish('2');
    runFor(fleet, UPGRADE_DEADLINE_MS + 60_000);
    expect(codes(fleet)).toEqual(['agent-canary', 'agent-refused']);
    expect(fleet.decisions.at(-1)).toMatchObject({ message: expect.stringMatching(said), audit: true });
    runFor(fleet, 7_200_000, 60_000);
    expect(new Set(fleet.asked.filter(({ version }) => version === '2').map((one) => one.host)).size).toBe(1);
    expect(fleet.running()).toEqual(['1', '1', '1']);
  });

  it('comes after a refused one: the next version is tried afresh', () => {
    const fleet = littleFleet(['goes-back', 'good']);
    fleet.publish('2');
    runFor(fleet, 60_000);
    fleet.views = fleet.views.map((view) => ({ ...view }));
    const mended = littleFleet(['good', 'good']);
    Object.assign(mended, { views: fleet.views, memory: fleet.memory, nowMs: fleet.nowMs });
    mended.publish('3');
    runFor(mended, WATCH_MS + 60_000);
    expect(mended.running()).toEqual(['3', '3']);
    expect(mended.memory).toMatchObject({ proven: '3', refused: [{ version: '2' }] });
  });

  it('goes back from the canary that falls silent within the watch, though it had reported it', () => {
    const fleet = littleFleet(['good', 'good']);
    fleet.publish('2');
    runFor(fleet, 20_000);
    expect(fleet.running()).toEqual(['2', '1']);
    const silence = { sinceMs: fleet.nowMs, witnessed: true, frozen: false, lostAtMs: null };
    const [canary, other] = fleet.views;
    const views = [{ ...canary!, host: { ...canary!.host, silence } }, other!];
    const now = snapshot({ hosts: views, release: release('2'), agents: fleet.memory });
    const plan = decideUpgrade(now, fleet.nowMs);
    expect(plan.memory?.refused).toMatchObject([{ version: '2' }]);
    expect(plan.wanted.get(canary!.host.id)).toMatchObject({ version: '1', archive: null });
    // Frozen, nobody knows: it waits.
    const frozen = [{ ...canary!, host: { ...canary!.host, silence: { ...silence, frozen: true } } }, other!];
    expect(decideUpgrade({ ...now, hosts: frozen }, fleet.nowMs)).toMatchObject({
      memory: null,
      decisions: [],
    });
  });

  it('stops when a host of a later wave goes back; those that run it keep it', () => {
    const fleet = littleFleet(['good', 'good', 'goes-back', 'good']);
    fleet.publish('2');
    runFor(fleet, 600_000);
    expect(fleet.running()).toEqual(['2', '2', '1', '1']);
    expect(codes(fleet).at(-1)).toBe('agent-refused');
  });

  it('passes a host by that cannot fetch it, and asks it again later', () => {
    const fleet = littleFleet(['good', 'cannot-fetch', 'good']);
    fleet.publish('2');
    runFor(fleet, WATCH_MS + 3 * UPGRADE_DEADLINE_MS);
    expect(fleet.running()).toEqual(['2', '1', '2']);
    expect(codes(fleet).filter((code) => code === 'agent-overdue').length).toBeGreaterThan(1);
    expect(fleet.memory.refused).toEqual([]);
  });

  it('is not tried by hosts that drain, are silent or have no engine', () => {
    const drain = { cause: 'asked' as const, reason: 'old', sinceMs: NOW, byMs: null };
    const silence = { sinceMs: NOW, witnessed: true, frozen: false, lostAtMs: null };
    const views = [
      hostView(host('aaaaaa', { state: 'draining', drain })),
      hostView(host('bbbbbb', { state: 'suspect', silence })),
      hostView(host('cccccc'), [], null),
      hostView(host('dddddd', { state: 'booting', registeredAtMs: null })),
    ];
    expect(decideUpgrade(snapshot({ hosts: views, release: release('2') }), NOW).wanted.size).toBe(0);
  });

  it('is proven by a host that was booted with it, without asking anybody first', () => {
    const fresh = hostView(host('aaaaaa', { agentVersion: '2' }));
    const since = { ...fresh, report: { ...fresh.report!, agentSinceMs: NOW } };
    const old = hostView(host('bbbbbb', { agentVersion: '1', registeredAtMs: NOW - 90_000 }));
    const now = snapshot({ hosts: [since, old], release: release('2') });
    expect(decideUpgrade(now, NOW)).toMatchObject({
      wanted: new Map(),
      wakeAtMs: NOW + now.settings.upgradeWatchMs,
    });
    const later = decideUpgrade(now, NOW + now.settings.upgradeWatchMs);
    expect(later.memory).toMatchObject({ proven: '2' });
    expect([...later.wanted.keys()]).toEqual([old.host.id]);
  });

  it('gets the archive of the host’s own architecture', () => {
    const two = release('2');
    const arm = { bucket: 'assets', key: 'arm.tar.gz', sha256: 'b'.repeat(64) };
    const of = host('aaaaaa');
    const view = hostView({ ...of, launch: { ...of.launch, architecture: 'arm64' } });
    const now = snapshot({ hosts: [view], release: { ...two, archives: { ...two.archives, arm64: arm } } });
    expect(decideUpgrade(now, NOW).wanted.get(of.id)).toMatchObject({ archive: arm, from: '0.1.0' });
  });

  it('remembers a bounded number of refused ones', () => {
    const refused = Array.from({ length: REFUSED_MAX }, (_, index) => ({
      version: `v${index}`,
      reason: '',
      atMs: 1,
    }));
    const fleet = littleFleet(['goes-back']);
    fleet.memory = { proven: null, refused, version: 1 };
    fleet.publish('2');
    runFor(fleet, 60_000);
    expect(fleet.memory.refused).toHaveLength(REFUSED_MAX);
    expect(fleet.memory.refused.at(-1)?.version).toBe('2');
  });

  it('is nobody’s business where nothing is published, or all run it', () => {
    const views = [hostView(host('aaaaaa'))];
    expect(decideUpgrade(snapshot({ hosts: views }), NOW)).toMatchObject({ memory: null, wakeAtMs: null });
    const same = snapshot({ hosts: views, release: release('0.1.0') });
    expect(decideUpgrade(same, NOW)).toMatchObject({ memory: null, decisions: [], wakeAtMs: null });
  });
});

describe('whatever hosts make of it', () => {
  const way = fc.constantFrom<Way>('good', 'good', 'good', 'goes-back', 'silent', 'cannot-fetch');

  it('one host at most is asked before the version is proven, a wave at most at once after, and it settles', () => {
    fc.assert(
      fc.property(
        fc.array(way, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 500, max: 20_000 }),
        fc.integer({ min: 500, max: 15_000 }),
        (ways, takesMs, passMs) => {
          const fleet = littleFleet(ways, takesMs);
          fleet.publish('2');
          for (let pass = 0; pass < 250; pass += 1) {
            fleet.step(passMs);
            const isProven = fleet.memory.proven === '2';
            const ofIt = fleet.views.filter(({ manifest }) => manifest.agent?.version === '2');
            const waiting = ofIt.filter(({ report }) => report?.agentVersion !== '2');
            const most = isProven ? Math.max(1, Math.ceil(ways.length * WAVE_SHARE)) : 1;
            const asked = isProven ? waiting.length : ofIt.length;
            if (asked > most) throw new Error(`${asked} hosts are asked at once, not ${most}`);
          }
          const isRefused = fleet.memory.refused.length > 0;
          const after = fleet.views.filter(({ manifest }) => manifest.agent?.version === '2');
          if (isRefused) for (const { report } of after) expect(report?.agentVersion).toBe('2');
          else if (
            ways.every((each) => each === 'good') &&
            passMs * 250 > WATCH_MS + ways.length * 2 * (takesMs + passMs)
          )
            expect(new Set(fleet.running())).toEqual(new Set(['2']));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('a pass over what the last one decided decides nothing more', () => {
    fc.assert(
      fc.property(
        fc.array(way, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 60 }),
        (ways, passes) => {
          const fleet = littleFleet(ways);
          fleet.publish('2');
          for (let pass = 0; pass < passes; pass += 1) fleet.step(7000);
          expect(fleet.step(0) && fleet.step(0)).toBe(false);
        },
      ),
      { numRuns: 100 },
    );
  });
});

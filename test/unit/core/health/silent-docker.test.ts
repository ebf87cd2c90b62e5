/** Row 4 of the faults: a host whose Docker stays silent is emptied, and not one second too early or for the wrong reason. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DOCKER_SILENT_MS, judgeDockers } from '../../../../functions/core/health/silent-docker.ts';
import { BEAT_GRACE_MS } from '../../../../functions/core/health/signs.ts';
import { isDrained, tasksLeft } from '../../../../functions/core/hosts/empty-hosts.ts';
import { markDrain } from '../../../../functions/core/hosts/mark-drain.ts';
import type { Host, HostDrain } from '../../../../functions/core/model/host.ts';
import type { HostView } from '../../../../functions/core/model/snapshot.ts';
import { assignment, host, hostView, lease, NOW, snapshot, taskReport } from '../../../support/builders.ts';

/** A host whose Docker has been silent for so long; null: it answers. */
function view(name: string, silentMs: number | null, over: Partial<Host> = {}): HostView {
  const made = hostView(host(name, over));
  const dockerSilentSinceMs = silentMs === null ? null : NOW - silentMs;
  return {
    ...made,
    report: { ...made.report!, dockerAnswers: silentMs === null, dockerSilentSinceMs },
  };
}
const judge = (views: readonly HostView[], over: { frozen?: boolean; freshFromMs?: number } = {}) =>
  judgeDockers(
    snapshot({ hosts: views, sweep: { sweptAtMs: NOW, freshFromMs: over.freshFromMs ?? 0 } }),
    over.frozen ?? false,
    NOW,
  );
const told = (judged: ReturnType<typeof judge>) =>
  judged.next.map(({ id, state, drainChange }) => `${id} ${state} ${drainChange?.code ?? ''}`);
const ours: HostDrain = { cause: 'silent-docker', reason: 'it hangs', sinceMs: NOW - 1000, byMs: null };
const asked: HostDrain = { ...ours, cause: 'asked', reason: 'a new kernel' };
const emptied = (name: string, silentMs: number | null, drain: HostDrain) =>
  view(name, silentMs, { state: 'draining', drain });

describe('a host whose Docker does not answer', () => {
  it('is drained after two minutes of it, with the reason, and not before', () => {
    const early = judge([view('a', DOCKER_SILENT_MS - 1), view('b', null)]);
    expect(early).toEqual({ next: [], wakeAtMs: NOW + 1 });
    const late = judge([view('a', DOCKER_SILENT_MS), view('b', null)]);
    expect(told(late)).toEqual(['h-a draining host-draining']);
    expect(late.next[0]).toMatchObject({
      reason: 'its Docker has not answered for 120 s',
      drain: { cause: 'silent-docker', byMs: null, sinceMs: NOW },
      drainChange: { by: 'provision', number: 1, message: expect.stringContaining('unless Docker answers') },
    });
  });

  it('is not drained for what it said before its last boot, before a gap of our own, or while it is not heard', () => {
    const long = 10 * DOCKER_SILENT_MS;
    const before = view('a', long);
    expect(judge([{ ...before, host: { ...before.host, bootId: 'boot-2' } }]).next).toEqual([]);
    expect(judge([view('a', long)], { freshFromMs: NOW - 1000 })).toEqual({
      next: [],
      wakeAtMs: NOW - 1000 + DOCKER_SILENT_MS,
    });
    const silence = { sinceMs: NOW, witnessed: true, frozen: false, lostAtMs: null };
    expect(judge([view('a', long, { state: 'suspect', silence })]).next).toEqual([]);
    expect(judge([view('a', long)], { frozen: true }).next).toEqual([]);
  });

  it('is not drained on old word: neither from before a gap of our own nor with a beat missing', () => {
    const long = 10 * DOCKER_SILENT_MS;
    const made = view('a', long, { registeredAtMs: NOW - 2 * long });
    const heard = (agoMs: number): HostView => ({
      ...made,
      report: { ...made.report!, receivedAtMs: NOW - long },
      lease: lease(made.host, agoMs, { paceMs: 60_000 }),
    });
    const gap = { freshFromMs: NOW - DOCKER_SILENT_MS };
    expect(judge([heard(30_000)], gap).next).toHaveLength(1);
    expect(judge([heard(60_000 + BEAT_GRACE_MS)], gap).next).toHaveLength(1);
    expect(judge([heard(60_001 + BEAT_GRACE_MS)], gap).next).toEqual([]);
    expect(judge([heard(30_000)], { freshFromMs: NOW - 20_000 }).next).toEqual([]);
    const late = { freshFromMs: NOW - DOCKER_SILENT_MS, frozen: false };
    expect(judge([heard(DOCKER_SILENT_MS + 1)], late).next).toEqual([]);
  });

  it('is no fault of its own while the same is true of many: nothing is drained, and what was begun is undone', () => {
    const rest = ['e', 'f', 'g', 'h', 'i'].map((name) => view(name, null));
    const begun = emptied('a', DOCKER_SILENT_MS, ours);
    const blink = [begun, view('b', DOCKER_SILENT_MS), view('c', 1), ...rest];
    expect(judge(blink).next).toEqual([]);
    const mass = [begun, view('b', DOCKER_SILENT_MS), view('c', DOCKER_SILENT_MS), ...rest];
    expect(told(judge(mass))).toEqual(['h-a ready host-undrained']);
    // Two of seven: each on its own.
    const few = [view('b', DOCKER_SILENT_MS), view('c', DOCKER_SILENT_MS), ...rest];
    expect(told(judge(few))).toEqual(['h-b draining host-draining', 'h-c draining host-draining']);
  });

  it('stays when its Docker answers again, also after a reboot, and only once it says so', () => {
    expect(told(judge([emptied('a', null, ours)]))).toEqual(['h-a ready host-undrained']);
    const rebooted = emptied('a', null, ours);
    expect(judge([{ ...rebooted, host: { ...rebooted.host, bootId: 'boot-2' } }]).next).toEqual([]);
    expect(judge([emptied('a', DOCKER_SILENT_MS, ours)]).next).toEqual([]);
    expect(judge([view('a', null, { state: 'terminating', drain: ours })]).next).toEqual([]);
  });
});

describe('an operator’s word', () => {
  it('is left alone: what was asked for is drained whether Docker answers or not', () => {
    expect(judge([emptied('a', null, asked), emptied('b', DOCKER_SILENT_MS, asked)]).next).toEqual([]);
  });

  it('keeps a host for as long as that silence lasts, and no longer', () => {
    const kept = (keptMsAgo: number, silentMs: number) => {
      const before = view('a', silentMs, { drain: ours, state: 'draining' });
      const words = { atMs: NOW - keptMsAgo, by: 'api', message: 'kept' } as const;
      return judge([{ ...before, host: markDrain(before.host, null, 'kept', words) }, view('b', null)]);
    };
    expect(kept(1000, DOCKER_SILENT_MS + 1000)).toEqual({ next: [], wakeAtMs: null });
    expect(told(kept(DOCKER_SILENT_MS + 1, DOCKER_SILENT_MS))).toEqual(['h-a draining host-draining']);
  });
});

describe('the end of such a drain', () => {
  const running = (task: string, wanted: 'run' | 'drain' | 'stop', wantedMsAgo: number) =>
    assignment(task, { wanted, wantedAtMs: NOW - wantedMsAgo });
  const left = (silentMs: number | null, ...assignments: ReturnType<typeof running>[]) => {
    const made = emptied('a', silentMs, ours);
    const tasks = assignments.map(({ task }) => taskReport(task));
    const all = { ...made, manifest: { ...made.manifest, assignments } };
    return tasksLeft({ ...all, report: { ...made.report!, tasks } }, NOW);
  };

  it('waits for nothing that is out of DNS and that only the end of its instance can stop', () => {
    expect(left(DOCKER_SILENT_MS, running('a', 'stop', DOCKER_SILENT_MS))).toBe(0);
    expect(left(DOCKER_SILENT_MS, running('a', 'stop', DOCKER_SILENT_MS - 1))).toBe(1);
    expect(left(DOCKER_SILENT_MS - 1, running('a', 'stop', DOCKER_SILENT_MS))).toBe(1);
    expect(left(null, running('a', 'stop', 10 * DOCKER_SILENT_MS))).toBe(1);
  });

  it('waits for ever for what still serves or is on its way out of DNS', () => {
    const ages = fc.integer({ min: 0, max: 1e9 });
    fc.assert(
      fc.property(ages, ages, fc.constantFrom('run' as const, 'drain' as const), (silentMs, ago, wanted) => {
        expect(left(silentMs, running('a', wanted, ago), running('b', 'stop', 1e9))).toBeGreaterThanOrEqual(
          1,
        );
      }),
    );
    expect(isDrained(emptied('a', DOCKER_SILENT_MS, ours), NOW)).toBe(true);
  });
});

describe('judging Dockers', () => {
  const someView = fc
    .record({
      silentMs: fc.option(fc.integer({ min: 0, max: 3 * DOCKER_SILENT_MS })),
      state: fc.constantFrom('ready' as const, 'draining' as const, 'suspect' as const, 'lost' as const),
      cause: fc.option(fc.constantFrom('asked' as const, 'silent-docker' as const)),
    })
    .map(({ silentMs, state, cause }) => {
      const drain = cause === null ? null : { ...ours, cause };
      const isThere = state === 'ready' || state === 'draining';
      return view('a', silentMs, {
        drain,
        state: isThere ? (drain === null ? 'ready' : 'draining') : state,
      });
    });

  it('drains only the long silent, never many at once, undoes only its own drains, and once stored decides nothing more', () => {
    fc.assert(
      fc.property(fc.array(someView, { maxLength: 12 }), (drawn) => {
        const views = drawn.map((each, index) => ({
          ...each,
          host: { ...each.host, id: host(`n${index}`).id },
        }));
        const { next } = judge(views);
        const before = new Map(views.map((each) => [each.host.id, each]));
        for (const each of next) {
          const was = before.get(each.id)!;
          if (each.drain === null) expect(was.host.drain?.cause).toBe('silent-docker');
          else {
            expect(was.host.drain).toBeNull();
            expect(was.report?.dockerSilentSinceMs).toBeLessThanOrEqual(NOW - DOCKER_SILENT_MS);
          }
        }
        const drained = next.filter(({ drain }) => drain !== null).length;
        const there = views.filter(({ host: { state } }) => state === 'ready' || state === 'draining').length;
        expect(drained < 3 || drained <= 0.3 * there).toBe(true);
        const stored = views.map((each) => ({
          ...each,
          host: next.find(({ id }) => id === each.host.id) ?? each.host,
        }));
        expect(judge(stored).next).toEqual([]);
      }),
    );
  });
});

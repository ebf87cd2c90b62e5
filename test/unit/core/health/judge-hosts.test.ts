import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Silence } from '../../../../functions/core/model/host.ts';
import { NOW } from '../../../support/builders.ts';
import { scene, told } from './scenes.ts';

const silence = (over: Partial<Silence> = {}): Silence => ({
  sinceMs: NOW - 30_000,
  witnessed: true,
  frozen: false,
  lostAtMs: null,
  ...over,
});

describe('a host is suspect', () => {
  it('when two witnesses that see others do not reach it, long before its beat is missed', () => {
    const { verdicts, ...rest } = scene(5).killed([0], 10_000).judge();
    expect(verdicts.map(({ decision }) => decision?.code)).toEqual(['host-suspect']);
    expect(verdicts[0]?.next).toMatchObject({ state: 'suspect', silence: { sinceMs: NOW, witnessed: true } });
    expect(verdicts[0]?.decision?.message).toMatch(
      /h-\S+ and h-\S+ and h-\S+ do not reach it, though its beats arrive/,
    );
    expect(rest).toMatchObject({ decisions: [], frozen: false });
  });

  it('when one witness does not reach it and its beat is missed, not sooner', () => {
    const two = scene(2);
    const silent = { silent: [two.ids[0]!], answering: [] };
    expect(told(two.beat(0, 19_000).beat(1, 1000, silent).judge())).toEqual([]);
    expect(told(two.beat(0, 20_001).judge())).toEqual(['a suspect']);
  });

  it('when nobody watches it, after two beats and a bit', () => {
    expect(told(scene(1).beat(0, 34_999).judge())).toEqual([]);
    expect(told(scene(1).beat(0, 35_000).judge())).toEqual(['a suspect']);
    expect(told(scene(1, { suspectAfterMs: 50_000 }).beat(0, 49_999).judge())).toEqual([]);
  });

  it('not because one witness alone misses it, nor because witnesses do that see nobody', () => {
    const five = scene(5);
    const [a] = five.ids;
    expect(told(five.beat(1, 1000, { silent: [a!], answering: [five.ids[2]!] }).judge())).toEqual([]);
    for (const index of [2, 3]) five.beat(index, 1000, { silent: [a!], answering: [] });
    expect(told(five.judge())).toEqual([]);
  });

  it('not by the word of a host that is itself called silent, or is not heard', () => {
    // The one that is cut off from the others calls three of them silent; they see each other.
    const five = scene(5).killed([0], 1000);
    const cut = five.beat(0, 1000, { silent: five.ids.slice(1, 4), answering: [] });
    expect(told(cut.judge())).toEqual(['a suspect']);
    const stale = scene(5);
    for (const index of [1, 2])
      stale.beat(index, 66_000, { silent: [stale.ids[0]!], answering: [stale.ids[3]!] });
    expect(told(stale.judge())).not.toContain('a suspect');
  });
});

describe('a suspect host', () => {
  it('is ready again when it is heard and its neighbours reach it again', () => {
    const back = scene(3).is(0, { state: 'suspect', silence: silence() }).judge();
    expect(told(back)).toEqual(['a ready']);
    expect(back.verdicts[0]).toMatchObject({ next: { silence: null }, decision: { code: 'host-back' } });
  });

  it('stays suspect while its neighbours do not reach it though its beats arrive, and is never lost for that', () => {
    const cut = scene(5)
      .killed([0], 5000)
      .is(0, { state: 'suspect', silence: silence({ sinceMs: NOW - 3_600_000 }) });
    expect(told(cut.judge())).toEqual([]);
  });

  it('is lost after its time, and only then', () => {
    const dying = scene(3).killed([0], 50_000);
    expect(
      told(dying.is(0, { state: 'suspect', silence: silence({ sinceMs: NOW - 29_999 }) }).judge()),
    ).toEqual([]);
    const lost = dying.is(0, { state: 'suspect', silence: silence() }).judge();
    expect(told(lost)).toEqual(['a lost']);
    expect(lost.verdicts[0]).toMatchObject({
      next: { silence: { lostAtMs: NOW } },
      decision: {
        code: 'host-lost',
        message: expect.stringContaining('terminated in 120 s unless it comes back'),
      },
    });
  });

  it('is lost at once when EC2 says that it is dead, however short its silence', () => {
    const dying = scene(3)
      .killed([0], 21_000)
      .is(0, { state: 'suspect', silence: silence({ sinceMs: NOW }) });
    const obituaries = new Map([[dying.ids[0]!, { words: 'EC2 says that i-1 is stopped', isGone: false }]]);
    const { verdicts } = dying.judge({ obituaries });
    expect(verdicts[0]?.decision?.message).toMatch(
      /^EC2 says that i-1 is stopped; its replicas are replaced/,
    );
  });
});

describe('a lost host', () => {
  const lost = (ageMs: number) => ({
    state: 'lost' as const,
    silence: silence({ sinceMs: NOW - 150_000, lostAtMs: NOW - ageMs }),
  });

  it('is terminated when its time is over and others are heard', () => {
    expect(told(scene(3).beat(0, 200_000).is(0, lost(119_999)).judge())).toEqual([]);
    expect(told(scene(3).beat(0, 200_000).is(0, lost(120_000)).judge())).toEqual(['a terminating']);
  });

  it('is not terminated while nobody at all is heard, unless EC2 says that it is dead', () => {
    const alone = scene(1).beat(0, 200_000).is(0, lost(600_000));
    expect(told(alone.judge())).toEqual([]);
    expect(
      told(
        alone.judge({ obituaries: new Map([[alone.ids[0]!, { words: 'it is impaired', isGone: false }]]) }),
      ),
    ).toEqual(['a terminating']);
  });

  it('is ready again when it is heard', () => {
    expect(told(scene(3).is(0, lost(60_000)).judge())).toEqual(['a ready']);
  });
});

describe('mass silence', () => {
  it('is no verdict on any of them: four of five', () => {
    const five = scene(5).killed([0, 1, 2, 3], 66_000);
    const judged = five.judge();
    expect(told(judged)).toEqual(['a ready frozen', 'b ready frozen', 'c ready frozen', 'd ready frozen']);
    expect(judged.frozen).toBe(true);
    expect(judged.decisions.map(({ code }) => code)).toEqual(['hosts-frozen']);
    expect(judged.verdicts.map(({ decision }) => decision)).toEqual([null, null, null, null]);
  });

  it('is not two of five, nor three of ten', () => {
    expect(told(scene(5).killed([0, 3], 66_000).judge())).toEqual(['a suspect', 'd suspect']);
    const ten = scene(10).killed([0, 3, 6], 66_000).judge();
    expect(ten.frozen).toBe(false);
    expect(ten.verdicts).toHaveLength(3);
  });

  it('counts those that were suspect for less than two minutes, and takes them back', () => {
    const five = scene(5).killed([0, 1, 2], 66_000).is(0, { state: 'suspect', silence: silence() });
    expect(told(five.judge())).toEqual(['a ready frozen', 'b ready frozen', 'c ready frozen']);
    five.is(0, { state: 'suspect', silence: silence({ sinceMs: NOW - 120_001 }) });
    expect(told(five.judge())).toEqual(['a lost', 'b suspect', 'c suspect']);
  });

  it('lasts however long it lasts, without another word', () => {
    const five = scene(5).killed([0, 1, 2, 3], 3_600_000);
    for (const index of [0, 1, 2, 3])
      five.is(index, { silence: silence({ sinceMs: NOW - 3_500_000, frozen: true }) });
    expect(five.judge()).toMatchObject({ verdicts: [], decisions: [], frozen: true });
  });

  it('ends when so many are back that the rest is no mass: they are judged from then on', () => {
    const five = scene(5).killed([0, 1], 3_600_000);
    for (const index of [0, 1, 2, 3])
      five.is(index, { silence: silence({ sinceMs: NOW - 3_500_000, frozen: true }) });
    const judged = five.judge();
    expect(told(judged)).toEqual(['a suspect', 'b suspect', 'c ready', 'd ready']);
    expect(judged.verdicts[0]?.next.silence).toMatchObject({ sinceMs: NOW, frozen: false });
    expect(judged.decisions.map(({ code }) => code)).toEqual(['hosts-thawed']);
  });

  it('ends for a host of which EC2 says that it is dead', () => {
    const five = scene(5).killed([0, 1, 2, 3], 66_000);
    for (const index of [0, 1, 2, 3]) five.is(index, { silence: silence({ frozen: true }) });
    const obituaries = new Map([[five.ids[0]!, { words: 'EC2 says that it is impaired', isGone: false }]]);
    expect(told(five.judge({ obituaries }))).toEqual(['a suspect']);
  });

  it('ends when their instances are gone, about which there is nothing more to judge', () => {
    const five = scene(5).killed([0, 1, 2, 3], 66_000);
    for (const index of [0, 1, 2, 3]) five.is(index, { silence: silence({ frozen: true }) });
    const gone = { words: 'EC2 says that it is terminated', isGone: true };
    const judged = five.judge({ obituaries: new Map(five.ids.slice(0, 4).map((id) => [id, gone])) });
    expect(judged).toMatchObject({ verdicts: [], frozen: false, decisions: [{ code: 'hosts-thawed' }] });
  });

  it('keeps what was lost just before replaced, and ends nothing', () => {
    const five = scene(5).killed([0, 1, 2], 66_000);
    five.is(0, { state: 'lost', silence: silence({ sinceMs: NOW - 60_000, lostAtMs: NOW - 200_000 }) });
    expect(told(five.judge())).toEqual(['a lost frozen', 'b ready frozen', 'c ready frozen']);
  });
});

describe('after a gap in our own sweeping', () => {
  it('every lease starts afresh', () => {
    expect(
      told(
        scene(2)
          .beat(0, 600_000)
          .beat(1, 600_000)
          .judge({ sweptAtMs: NOW - 90_001 }),
      ),
    ).toEqual([]);
    expect(
      told(
        scene(2)
          .beat(0, 600_000)
          .beat(1, 600_000)
          .judge({ freshFromMs: NOW - 34_999 }),
      ),
    ).toEqual([]);
    expect(
      told(
        scene(2)
          .beat(0, 600_000)
          .beat(1, 600_000)
          .judge({ freshFromMs: NOW - 35_000 }),
      ),
    ).toHaveLength(2);
  });

  it('and so do the clocks of what was suspect and lost', () => {
    const at = { freshFromMs: NOW - 40_000 };
    const before = silence({ sinceMs: NOW - 600_000, lostAtMs: NOW - 600_000 });
    const three = scene(3).beat(0, 700_000).beat(1, 700_000);
    three.is(0, { state: 'suspect', silence: before }).is(1, { state: 'lost', silence: before });
    expect(told(three.judge(at))).toEqual(['a lost']);
    expect(told(three.judge({ freshFromMs: NOW - 29_000 }))).toEqual([]);
  });

  it('what a witness said before it counts no more', () => {
    expect(
      told(
        scene(5)
          .killed([0], 10_000)
          .judge({ freshFromMs: NOW - 500 }),
      ),
    ).toEqual([]);
  });
});

describe('whatever is heard and said', () => {
  const state = fc.record({
    count: fc.integer({ min: 1, max: 12 }),
    ages: fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 12, maxLength: 12 }),
    silences: fc.array(
      fc.option(
        fc.record({
          sinceAgo: fc.integer({ min: 0, max: 400_000 }),
          lost: fc.boolean(),
          frozen: fc.boolean(),
        }),
      ),
      { minLength: 12, maxLength: 12 },
    ),
    words: fc.array(fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 3 }), {
      minLength: 12,
      maxLength: 12,
    }),
  });
  const build = ({
    count,
    ages,
    silences,
    words,
  }: typeof state extends fc.Arbitrary<infer T> ? T : never) => {
    const built = scene(count);
    for (let index = 0; index < count; index += 1) {
      const silent = words[index]!.flatMap((other) => built.ids[other] ?? []);
      const answering = built.ids.filter((id) => !silent.includes(id)).slice(0, 3 - silent.length);
      built.beat(index, ages[index]!, { silent, answering });
      const past = silences[index];
      if (!past) continue;
      const { sinceAgo, lost, frozen } = past;
      const lostAtMs = lost ? NOW - sinceAgo + 30_000 : null;
      built.is(index, {
        state: lost ? 'lost' : frozen ? 'ready' : 'suspect',
        silence: silence({ sinceMs: NOW - sinceAgo, frozen, lostAtMs }),
      });
    }
    return built;
  };

  const ends = ({ verdicts }: ReturnType<ReturnType<typeof build>['judge']>) =>
    verdicts.filter(({ decision }) => decision?.code === 'host-lost' || decision?.code === 'host-gone');

  it('a host whose beats arrive is neither lost nor terminated (I14)', () => {
    let seen = 0;
    fc.assert(
      fc.property(state, (from) => {
        for (const { next } of ends(build(from).judge())) {
          seen += 1;
          expect(from.ages['abcdefghijkl'.indexOf(next.id.slice(-1))]).toBeGreaterThan(15_000);
        }
      }),
      { numRuns: 2000 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  it('while so many are silent nothing is lost or terminated (I15)', () => {
    let seen = 0;
    fc.assert(
      fc.property(state, (from) => {
        const judged = build(from).judge();
        seen += Number(judged.frozen);
        if (judged.frozen) expect(ends(judged)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  it('stored and judged again at once, nothing more is decided', () => {
    fc.assert(
      fc.property(state, (from) => {
        const built = build(from);
        for (let round = 0; round < 4; round += 1)
          for (const { next } of built.judge().verdicts) built.is(built.ids.indexOf(next.id), { ...next });
        expect(built.judge().verdicts).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { boundsAt } from '../../../../functions/core/autoscaling/bounds.ts';
import { holds } from '../../../../functions/core/autoscaling/schedule.ts';
import type { AutoscaleSchedule } from '../../../../functions/core/model/autoscale.ts';
import { autoscale } from './scenes.ts';

const schedule = (over: Partial<AutoscaleSchedule>): AutoscaleSchedule => ({
  days: ['mon'],
  from: '08:00',
  to: '20:00',
  timeZone: 'UTC',
  min: 4,
  max: 9,
  ...over,
});
/** 2027-01-18 is a Monday. */
const at = (day: number, hour: number, minute = 0): number => Date.UTC(2027, 0, day, hour, minute);

describe('a schedule holds', () => {
  it('from its beginning to before its end, on its days', () => {
    const day = schedule({});
    const times = [at(18, 7, 59), at(18, 8), at(18, 19, 59), at(18, 20), at(19, 9)];
    expect(times.map((time) => holds(day, time))).toEqual([false, true, true, false, false]);
  });

  it('past midnight for the day it began on', () => {
    const night = schedule({ from: '22:00', to: '06:00' });
    const times = [at(18, 5), at(18, 21, 59), at(18, 22), at(19, 5, 59), at(19, 6), at(19, 22)];
    expect(times.map((time) => holds(night, time))).toEqual([false, false, true, true, false, false]);
    const whole = schedule({ from: '09:00', to: '09:00' });
    expect([at(18, 8, 59), at(18, 9), at(19, 8, 59), at(19, 9)].map((time) => holds(whole, time))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('by the clock of its time zone, in winter and in summer', () => {
    const paris = schedule({ timeZone: 'Europe/Paris', days: ['mon', 'thu'] });
    expect([at(18, 6, 59), at(18, 7)].map((time) => holds(paris, time))).toEqual([false, true]);
    const july = Date.UTC(2027, 6, 1, 6);
    expect([july - 60_000, july].map((time) => holds(paris, time))).toEqual([false, true]);
    const midnight = schedule({ from: '00:00', to: '00:30' });
    expect([at(18, 0), at(18, 0, 30)].map((time) => holds(midnight, time))).toEqual([true, false]);
  });

  it('never in a time zone that nobody knows', () => {
    expect(holds(schedule({ timeZone: 'Mars/Olympus' }), at(18, 9))).toBe(false);
  });
});

describe('of bounds', () => {
  const spec = autoscale({ min: 2, max: 5, schedules: [schedule({}), schedule({ min: 6, from: '12:00' })] });

  it('the last schedule that holds counts, else the document', () => {
    expect(boundsAt(spec, null, at(18, 9))).toMatchObject({ min: 4, max: 9 });
    expect(boundsAt(spec, null, at(18, 13))).toMatchObject({ min: 6, max: 9 });
    expect(boundsAt(spec, null, at(20, 9))).toMatchObject({ min: 2, max: 5, by: 'by the document' });
  });

  it('max is right where min is above it, and one replica stays unless max is 0', () => {
    expect(boundsAt(spec, { min: 9, max: 3 }, at(18, 9))).toMatchObject({ min: 3, max: 3 });
    expect(boundsAt(spec, { min: 0, max: 3 }, at(18, 9))).toMatchObject({ min: 1, max: 3 });
    expect(boundsAt(spec, { min: 0, max: 0 }, at(18, 9))).toMatchObject({ min: 0, max: 0 });
  });
});

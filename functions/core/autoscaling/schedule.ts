/** Bounds by the clock: which schedule of a service holds now. Wall clocks of time zones, so summer time is in it. */
import type { AutoscaleSchedule } from '../model/autoscale.ts';

const DAY_MINUTES = 24 * 60;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

interface WallTime {
  /** 0 is Sunday. */
  readonly day: number;
  readonly minute: number;
}

/** The last one that holds; undefined: none does. */
export const scheduleAt = (
  schedules: readonly AutoscaleSchedule[],
  nowMs: number,
): AutoscaleSchedule | undefined => schedules.findLast((schedule) => holds(schedule, nowMs));

/** From `from` to before `to`; past midnight when `to` is not after `from`: then it belongs to the day it began on. */
export function holds({ days, from, to, timeZone }: AutoscaleSchedule, nowMs: number): boolean {
  const wall = wallTime(timeZone, nowMs);
  if (wall === null) return false;
  const [begin, end] = [minuteOf(from), minuteOf(to)];
  const isOn = (day: number): boolean => days.some((name) => name === DAYS[(day + 7) % 7]);
  if (begin < end) return isOn(wall.day) && wall.minute >= begin && wall.minute < end;
  return (isOn(wall.day) && wall.minute >= begin) || (isOn(wall.day - 1) && wall.minute < end);
}

/** `by the schedule mon,tue 08:00-20:00 Europe/Paris` */
export const describeSchedule = ({ days, from, to, timeZone }: AutoscaleSchedule): string =>
  `the schedule ${days.join(',')} ${from}-${to} ${timeZone}`;

const minuteOf = (clock: string): number => {
  const [hours = '0', minutes = '0'] = clock.split(':');
  return (Number(hours) * 60 + Number(minutes)) % DAY_MINUTES;
};

/** Null: a time zone that this runtime does not know. Contracts refuse it; a stored one must not stop the loop. */
function wallTime(timeZone: string, nowMs: number): WallTime | null {
  const parts = formatOf(timeZone)?.formatToParts(nowMs);
  if (!parts) return null;
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return {
    day: DAYS.findIndex((name) => name === part('weekday').toLowerCase()),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

/** Making one takes longer than all else here. */
const formats = new Map<string, Intl.DateTimeFormat | null>();
const FORMATS_MAX = 100;

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  if (formats.size >= FORMATS_MAX) formats.clear();
  const format = makeFormat(timeZone);
  formats.set(timeZone, format);
  return format;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  } catch {
    return null;
  }
}

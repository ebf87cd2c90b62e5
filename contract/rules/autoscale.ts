/** Rules of `autoscale`: numbers that must fit each other, and time zones that must exist. */
import { shown, type Fault, type Rule } from './rule.ts';

interface Bounds {
  readonly min: number;
  readonly max: number;
}

interface Autoscale extends Bounds {
  readonly targets: readonly (
    { readonly kind: 'cpu' | 'memory' } | { readonly kind: 'metric'; readonly name: string }
  )[];
  readonly schedules: readonly (Bounds & { readonly days: readonly string[]; readonly timeZone: string })[];
}

/** Of bounds that hold at any time, or of those set by hand. */
export const bounds: Rule<Bounds> = ({ min, max }) => {
  if (min > max)
    return { message: `min is ${min}, more than max, ${max}`, remedy: `write at most ${max}`, path: ['min'] };
  // Without any replica nothing is measured, so no load would ever bring one back.
  if (min === 0 && max > 0)
    return {
      message: 'min is 0, and of no replicas no load is measured: they would never come back',
      remedy: 'write at least 1; a schedule with `min: 0` and `max: 0` stops all for a time',
      path: ['min'],
    };
  return undefined;
};

export const timeZone: Rule<string> = (name) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return undefined;
  } catch {
    return {
      message: `\`${shown(name)}\` is no time zone`,
      remedy: 'write a name of the IANA database, such as `Europe/Paris` or `UTC`',
    };
  }
};

export const autoscale: Rule<Autoscale> = ({ min, max, targets, schedules }) => {
  if (max === 0)
    return { message: 'max is 0: nothing would ever run', remedy: 'write at least 1', path: ['max'] };
  const fault = bounds({ min, max }) ?? doubledTarget(targets);
  if (fault) return fault;
  for (const [index, schedule] of schedules.entries()) {
    const wrong = scheduleFault(schedule);
    if (wrong) return { ...wrong, path: ['schedules', index, ...(wrong.path ?? [])] };
  }
  return undefined;
};

function scheduleFault(schedule: Autoscale['schedules'][number]): Fault | undefined {
  const zone = timeZone(schedule.timeZone);
  if (zone) return { ...zone, path: ['timeZone'] };
  const day = schedule.days.find((name, index) => schedule.days.indexOf(name) < index);
  if (day !== undefined)
    return { message: `\`${day}\` is in the list twice`, remedy: 'keep one of them', path: ['days'] };
  return bounds(schedule);
}

function doubledTarget(targets: Autoscale['targets']): Fault | undefined {
  const names = targets.map((target) => (target.kind === 'metric' ? `metric ${target.name}` : target.kind));
  const index = names.findIndex((name, at) => names.indexOf(name) < at);
  if (index < 0) return undefined;
  return {
    message: `two targets for ${names[index] ?? ''}`,
    remedy: 'keep one of them',
    path: ['targets', index],
  };
}

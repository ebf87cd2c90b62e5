/** `x-berth.autoscale` -> its spec. The document has passed the schema; what rules say of it is told at its place. */
import {
  AUTOSCALE_LIMITS,
  WEEKDAYS,
  type AutoscaleSchedule,
  type AutoscaleSpec,
  type AutoscaleTarget,
  type MetricSource,
} from '../contract/autoscale-spec.ts';
import { autoscale as rule } from '../contract/rules/autoscale.ts';
import { shown } from '../contract/rules/rule.ts';
import type { PortSpec } from '../contract/stack-spec.ts';
import type { AutoscaleDocument } from '../contract/x-berth-autoscale.ts';
import { defined, type Field, type Notes } from './fields.ts';
import { fieldAt } from './schema-notes.ts';
import { onlyPort, readMs } from './x-berth-values.ts';

export interface AutoscaleReading {
  /** The value of `x-berth`. */
  readonly root: Field;
  readonly ports: readonly PortSpec[];
  readonly notes: Notes;
  /** Of which resources the document names neither a reservation nor a limit. */
  readonly assumed: { readonly cpu: boolean; readonly memory: boolean };
}

type Day = AutoscaleSchedule['days'][number];

export function readAutoscale(document: AutoscaleDocument, on: AutoscaleReading): AutoscaleSpec {
  const { root, notes } = on;
  const { windowOut, stabilizationIn, cooldownOut, cooldownIn, tolerancePercent, replicasMax } =
    AUTOSCALE_LIMITS;
  const ms = (
    text: string | undefined,
    path: readonly string[],
    bounds: Parameters<typeof readMs>[2],
  ): number => readMs(text, ['autoscale', ...path], bounds, on);
  const { min, max, targets, cooldown, step, schedules = [], protect } = document;
  const spec = defined({
    min,
    max,
    targets: readTargets(targets, on),
    tolerancePercent:
      readPercent(document.tolerance, ['tolerance'], { min: 0, max: 100 }, on) ?? tolerancePercent,
    windowOutMs: ms(document.window, ['window'], windowOut),
    stabilizationInMs: ms(document.stabilization, ['stabilization'], stabilizationIn),
    cooldownOutMs: ms(cooldown?.out, ['cooldown', 'out'], cooldownOut),
    cooldownInMs: ms(cooldown?.in, ['cooldown', 'in'], cooldownIn),
    stepOutMax: step?.out ?? replicasMax,
    stepInMax: step?.in ?? replicasMax,
    schedules: schedules.map((one, index) => ({
      days: readDays(one.days, index, on),
      from: one.from,
      to: one.to,
      timeZone: one.timeZone ?? 'UTC',
      min: one.min ?? Math.min(min, one.max ?? min),
      max: one.max ?? Math.max(max, one.min ?? max),
    })),
    protect: protect === true ? true : undefined,
  });
  const fault = rule(spec);
  if (fault) notes.refuse(fieldAt(root, ['autoscale', ...(fault.path ?? [])]), fault.message, fault.remedy);
  return spec;
}

function readTargets(targets: AutoscaleDocument['targets'], on: AutoscaleReading): AutoscaleTarget[] {
  const found: AutoscaleTarget[] = [];
  for (const kind of ['cpu', 'memory'] as const) {
    const percent = readPercent(targets[kind], ['targets', kind], AUTOSCALE_LIMITS.percent, on);
    if (percent !== undefined)
      found.push({ kind, percent, ...(on.assumed[kind] ? { of: 'host-share' as const } : {}) });
  }
  for (const [index, { name, value, from }] of (targets.metrics ?? []).entries())
    found.push({ kind: 'metric', name, value, source: readSource(from, index, on) });
  const { targetsMax } = AUTOSCALE_LIMITS;
  if (found.length === 0)
    on.notes.refuse(
      fieldAt(on.root, ['autoscale', 'targets']),
      'names nothing to aim at',
      'write for example `cpu: 60%`',
    );
  if (found.length > targetsMax)
    on.notes.refuse(
      fieldAt(on.root, ['autoscale', 'targets']),
      `names ${found.length} targets; at most ${targetsMax} are allowed`,
      'leave some out',
    );
  return found;
}

function readSource(
  from: NonNullable<AutoscaleDocument['targets']['metrics']>[number]['from'],
  index: number,
  on: AutoscaleReading,
): MetricSource {
  if (from === 'socket') return { kind: 'socket' };
  const path = ['autoscale', 'targets', 'metrics', index, 'from'];
  return { kind: 'prometheus', port: from.port ?? onlyPort(path, on), path: from.path ?? '/metrics' };
}

/** `60%` or 60. */
function readPercent(
  share: string | number | undefined,
  path: readonly string[],
  { min, max }: { readonly min: number; readonly max: number },
  { root, notes }: AutoscaleReading,
): number | undefined {
  const percent = typeof share === 'string' ? Number(share.slice(0, -1)) : share;
  if (percent === undefined || (percent >= min && percent <= max)) return percent;
  notes.refuse(
    fieldAt(root, ['autoscale', ...path]),
    `must be a percentage from ${min}% to ${max}%`,
    'write for example `60%`',
  );
  return min;
}

/** `mon-fri`, `mon,wed` or a list of such words; in the order of the week. */
function readDays(text: string | readonly string[] | undefined, index: number, on: AutoscaleReading): Day[] {
  if (text === undefined) return [...WEEKDAYS];
  const words = typeof text === 'string' ? text.split(/[\s,]+/).filter((word) => word !== '') : text;
  const at = fieldAt(on.root, ['autoscale', 'schedules', index, 'days']);
  const refuse = (message: string): void =>
    on.notes.refuse(at, message, `write days of ${WEEKDAYS.join(', ')}, or a range such as \`mon-fri\``);
  const found = new Set<Day>();
  for (const word of words) {
    const days = daysOf(word.toLowerCase());
    if (days === undefined) refuse(`\`${shown(word)}\` is no day of the week`);
    else if (days.some((day) => found.has(day)))
      refuse(`\`${shown(word)}\` names a day that is in the list already`);
    else for (const day of days) found.add(day);
  }
  if (words.length === 0) refuse('names no day');
  return WEEKDAYS.filter((day) => found.has(day));
}

/** One day, or a range that may go past the end of the week; undefined: neither. */
function daysOf(word: string): Day[] | undefined {
  const [from, to, more] = word.split('-').map((name) => WEEKDAYS.findIndex((day) => day === name));
  if (from === undefined || from < 0 || more !== undefined) return undefined;
  if (to === undefined) return WEEKDAYS.slice(from, from + 1);
  if (to < 0) return undefined;
  const length = ((to - from + WEEKDAYS.length) % WEEKDAYS.length) + 1;
  return [...WEEKDAYS, ...WEEKDAYS].slice(from, from + length);
}

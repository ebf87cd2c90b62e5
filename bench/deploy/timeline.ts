/** Where the time of a deploy goes: the moments of one round, and the parts between them. Pure. */
import type { ApiCall } from '../../local/relay/call-log.ts';
import { median } from '../lib/stats.ts';
import type { Asked } from './contender.ts';

/** In the order in which they happen; each part ends where the next begins. */
export const PARTS = [
  'api',
  'wake',
  'reconcile',
  'poll',
  'manifest',
  'Docker',
  'report',
  'judge',
  'register',
] as const;
export type Part = (typeof PARTS)[number];

/** What each part is, for the report's foot. */
export const PART_MEANS: Readonly<Record<Part, string>> = {
  api: 'PUT until its answer',
  wake: 'answer until the reconcile loop begins (it may begin before the answer)',
  reconcile: 'begun until the replicas are placed',
  poll: 'placed until the agent asks for its manifest',
  manifest: 'asked until the first container is created',
  Docker: 'first container created until the last one started',
  report: 'last one started until the report with it arrives',
  judge: 'report until the control plane has seen all of them healthy',
  register: 'until the last change of DNS is applied (side by side with report and judge)',
};

/** One run of a loop, as the functions log it. */
export interface Pass {
  readonly loop: string;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly ms: number;
  /** `busy`: somebody else was running, and was told to run once more. */
  readonly outcome: string;
}

/** The runs of loops in a log, by their start. Other lines, and what else stands before a line, are passed over. */
export function passesIn(log: string): readonly Pass[] {
  return log
    .split('\n')
    .filter((line) => line.includes('"message":"pass"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Pass)
    .sort((a, b) => a.startedMs - b.startedMs);
}

/** Milliseconds of each part; parts whose ends were not seen are left out. */
export function partsOf(
  asked: Asked,
  containers: { readonly created: readonly number[]; readonly started: readonly number[] },
  seen: { readonly calls: readonly ApiCall[]; readonly passes: readonly Pass[] },
): Partial<Record<Part, number>> {
  const { askedAt, knownAt, moments = {} } = asked;
  const { answeredAt, placedAt, inDnsAt } = moments;
  const [createdAt, startedAt] = [Math.min(...containers.created), Math.max(...containers.started)];
  const reconcilesAt = seen.passes.find(
    ({ loop, startedMs }) => loop === 'reconcile' && startedMs >= askedAt,
  )?.startedMs;
  const since = seen.calls
    .map((call) => ({ ...call, at: Date.parse(call.time) }))
    .filter(({ at }) => at >= askedAt);
  const asksAt = since.find((call) => call.path.endsWith('/manifest') && call.status === 200)?.at;
  const reportsAt = since.find((call) => call.path.endsWith('/report') && call.at >= startedAt)?.at;
  const parts = {
    api: span(askedAt, answeredAt),
    wake: span(answeredAt, reconcilesAt),
    reconcile: span(reconcilesAt, placedAt),
    poll: span(placedAt, asksAt),
    manifest: span(asksAt, createdAt),
    Docker: span(createdAt, startedAt),
    report: span(startedAt, reportsAt),
    judge: span(reportsAt, knownAt),
    register: span(startedAt, inDnsAt),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, ms]) => ms !== undefined));
}

const span = (from: number | undefined, to: number | undefined): number | undefined =>
  from === undefined || to === undefined ? undefined : to - from;

/** Medians over rounds, in the order of `keys`; what no round has is left out. */
export function medians<K extends string>(
  keys: readonly K[],
  rounds: readonly Partial<Record<K, number>>[],
): Partial<Record<K, number>> {
  const entries = keys.flatMap((key) => {
    const values = rounds.flatMap((round) => round[key] ?? []);
    return values.length === 0 ? [] : [[key, median(values)] as const];
  });
  return Object.fromEntries(entries) as Partial<Record<K, number>>;
}

/** What the control plane did meanwhile; on one machine it takes its share of the same processors. */
export const WORKS = [
  'manifest asked for',
  'reports',
  'reconcile runs',
  'reconcile busy',
  'register runs',
  'register busy',
] as const;
export type Work = (typeof WORKS)[number];

/** Counts of calls and of loop runs that began in the time from `asked` until it was known. */
export function workOf(
  { askedAt, knownAt }: Asked,
  { calls, passes }: { readonly calls: readonly ApiCall[]; readonly passes: readonly Pass[] },
): Record<Work, number> {
  const isWithin = (at: number): boolean => at >= askedAt && at <= knownAt;
  const within = calls.filter(({ time }) => isWithin(Date.parse(time)));
  const ran = passes.filter(({ startedMs }) => isWithin(startedMs));
  const runs = (loop: string, isBusy: boolean): number =>
    ran.filter((pass) => pass.loop === loop && (pass.outcome === 'busy') === isBusy).length;
  return {
    'manifest asked for': within.filter(({ path }) => path.endsWith('/manifest')).length,
    reports: within.filter(({ path }) => path.endsWith('/report')).length,
    'reconcile runs': runs('reconcile', false),
    'reconcile busy': runs('reconcile', true),
    'register runs': runs('register', false),
    'register busy': runs('register', true),
  };
}

/** Axes: round steps for numbers and times, and how they are written. */

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Less is nothing, to the eye. */
const LEAST = 1e-9;

/** From 0 to a round number that `max` fits in, in at most `count` steps of 1, 2 or 5 times a power of ten. */
export function numberTicks(max: number, count: number, wholeOnly = false): readonly Tick[] {
  const raw = (max > LEAST ? max : 1) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const round = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw * (1 - 1e-9));
  const step = Math.max(round ?? 10 * power, wholeOnly ? 1 : 0);
  const steps = Math.max(1, Math.ceil((max / step) * (1 - 1e-9)));
  return Array.from({ length: steps + 1 }, (_, index) => {
    const at = index * step;
    return { at, label: String(Number(at.toPrecision(6))) };
  });
}

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => count * DAY),
];

/** `clock`: times of day, UTC; `elapsed`: since `fromMs`. */
export type TimeKind = 'clock' | 'elapsed';

/** At most `count` times between the two, at round ones. */
export function timeTicks(fromMs: number, toMs: number, count: number, kind: TimeKind): readonly Tick[] {
  const length = toMs - fromMs;
  const step = STEPS.find((each) => length / each <= count) ?? Math.ceil(length / count / DAY) * DAY;
  const origin = kind === 'clock' ? Math.ceil(fromMs / step) * step : fromMs;
  const ticks: Tick[] = [];
  for (let at = origin; at <= toMs; at += step)
    ticks.push({ at, label: kind === 'clock' ? clock(at, step) : elapsed(at - fromMs) });
  return ticks;
}

/** `14:05`, `14:05:30` where steps are shorter than a minute, `11-29` where they are days. */
function clock(atMs: number, step: number): string {
  const iso = new Date(atMs).toISOString();
  if (step >= DAY) return iso.slice(5, 10);
  return iso.slice(11, step < MINUTE ? 19 : 16);
}

/** `0`, `45 s`, `10 min`, `1 h 30`, `2 d`. */
export function elapsed(ms: number): string {
  if (ms === 0) return '0';
  if (ms < MINUTE) return `${String(Math.round(ms / SECOND))} s`;
  if (ms < HOUR) {
    const seconds = Math.round((ms % MINUTE) / SECOND);
    return seconds === 0
      ? `${String(ms / MINUTE)} min`
      : `${String(Math.floor(ms / MINUTE))}:${pad(seconds)} min`;
  }
  if (ms < DAY) {
    const minutes = Math.round((ms % HOUR) / MINUTE);
    return minutes === 0 ? `${String(ms / HOUR)} h` : `${String(Math.floor(ms / HOUR))} h ${pad(minutes)}`;
  }
  const hours = Math.round((ms % DAY) / HOUR);
  return hours === 0 ? `${String(ms / DAY)} d` : `${String(Math.floor(ms / DAY))} d ${String(hours)} h`;
}

const pad = (value: number): string => String(value).padStart(2, '0');

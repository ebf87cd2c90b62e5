import { badInput } from './cli-error.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `15m`, `1h30m`, `500ms` -> milliseconds. Refuses a number without a unit. */
export function parseDurationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw badInput(`"${text}" is no duration`, 'write a number with a unit, such as 90s, 15m or 1h30m');
  return Math.round(
    parts.reduce((sum, [, count = '0', unit = 's']) => sum + Number(count) * (UNITS_MS[unit] ?? 0), 0),
  );
}

/** Milliseconds as a reader says it: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function showDuration(ms: number): string {
  if (ms < 1000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${String(seconds)} s`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${String(Math.floor(minutes / 60))} h ${pad(minutes % 60)} min`;
}

const pad = (count: number) => String(count).padStart(2, '0');

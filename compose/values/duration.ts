/**
 * Compose durations: a row of numbers with units, `1m30s`, `1.5h`, `500ms`; units us ms s m h d w.
 *
 * Exact: counted in microseconds as integers, never as floating point.
 */
const UNITS: Readonly<Record<string, bigint>> = {
  us: 1n,
  µs: 1n,
  μs: 1n,
  ms: 1_000n,
  s: 1_000_000n,
  m: 60_000_000n,
  h: 3_600_000_000n,
  d: 86_400_000_000n,
  w: 604_800_000_000n,
};
/** More than Docker can hold (2^63 ns, about 292 years) is no duration. */
const MICROSECONDS_MAX = 2n ** 63n / 1000n;

export type Duration = { kind: 'duration'; ms: number } | { kind: 'bad'; why: string };

export function parseDuration(text: string): Duration {
  if (text === '0') return { kind: 'duration', ms: 0 };
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:us|µs|μs|ms|s|m|h|d|w))+$/.test(text) || text.length > 100) {
    return { kind: 'bad', why: 'must be a duration such as `1m30s`, `5s` or `500ms`' };
  }
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(
    /([0-9]+)(?:\.([0-9]+))?([a-zµμ]+)/g,
  )) {
    const scale = 10n ** BigInt(fraction.length);
    const scaled = BigInt(whole + fraction) * (UNITS[unit] ?? 0n);
    if (scaled % scale !== 0n) return { kind: 'bad', why: 'must be whole milliseconds' };
    total += scaled / scale;
  }
  if (total > MICROSECONDS_MAX) return { kind: 'bad', why: 'must be less than 292 years' };
  if (total % 1000n !== 0n) return { kind: 'bad', why: 'must be whole milliseconds' };
  return { kind: 'duration', ms: Number(total / 1000n) };
}

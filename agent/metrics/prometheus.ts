/**
 * Sums the series of some names in Prometheus' text format, read as it comes: one line at a time is held, and each byte
 * is looked at a bounded number of times, whatever a container writes.
 */

/** Longer lines are none that a metric has; nothing is believed of a text that has one. */
export const LINE_MAX = 16 * 1024;

export interface SeriesSums {
  /** @throws when the text cannot be what it should be */
  take(part: Buffer): void;
  /** By name; one without a finite value is absent. Once, after the last part. */
  end(): Readonly<Record<string, number>>;
}

/** @param names as in `METRIC_NAME` of the contract */
export function sumSeries(names: readonly string[]): SeriesSums {
  const sums = new Map<string, number>();
  let rest = '';

  const begin = new Set(names.map((name) => name.charCodeAt(0)));

  const line = (text: string, start: number, end: number): void => {
    if (!begin.has(text.charCodeAt(start))) return;
    for (const name of names)
      if (text.startsWith(name, start)) {
        const value = seriesValue(text.slice(start + name.length, end));
        if (value !== undefined) sums.set(name, (sums.get(name) ?? 0) + value);
      }
  };

  return {
    take: (part) => {
      // Whatever the bytes mean, those of the format itself are ASCII.
      const text = rest + part.toString('latin1');
      let start = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        if (end - start > LINE_MAX) throw tooLong();
        line(text, start, end);
        start = end + 1;
      }
      rest = text.slice(start);
      if (rest.length > LINE_MAX) throw tooLong();
    },
    end: () => {
      line(rest, 0, rest.length);
      return Object.fromEntries([...sums].filter(([, sum]) => Number.isFinite(sum)));
    },
  };
}

const tooLong = (): Error => new Error(`a line of more than ${LINE_MAX} bytes`);

/**
 * What stands behind a name: `{labels} value timestamp`, labels and timestamp if there are any.
 * @returns undefined for a longer name, for NaN and infinities, and for what is no number
 */
export function seriesValue(text: string): number | undefined {
  let at = 0;
  if (text.startsWith('{')) {
    at = endOfLabels(text);
    if (at < 0) return undefined;
  } else if (!isBlank(text[0])) return undefined;
  while (isBlank(text[at])) at++;
  let end = at;
  while (end < text.length && end - at <= NUMBER_MAX && !isBlank(text[end])) end++;
  const word = text.slice(at, end);
  if (!NUMBER.test(word)) return undefined;
  const value = Number(word);
  return Number.isFinite(value) ? value : undefined;
}

const NUMBER_MAX = 40;
const NUMBER = /^[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,4})?$/;
const isBlank = (character: string | undefined): boolean =>
  character === ' ' || character === '\t' || character === '\r';

/** Behind the closing brace; -1: there is none. Within quotes a backslash keeps the next character from ending them. */
function endOfLabels(text: string): number {
  let quoted = false;
  for (let at = 1; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (character === '}' && !quoted) return at + 1;
  }
  return -1;
}

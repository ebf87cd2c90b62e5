/** Tells of rows that cannot be read: once each, as long as the process lives and the row is as it is. */
import type { Decision } from '../core/model/decision.ts';
import type { UnreadableRow } from '../core/model/unreadable.ts';

export function unreadableTeller(): (rows: readonly UnreadableRow[]) => Decision[] {
  let told: ReadonlySet<string> = new Set();
  const keyOf = ({ kind, subject, why }: UnreadableRow): string => `${kind} ${subject} ${why}`;
  return (rows) => {
    const untold = rows.filter((row) => !told.has(keyOf(row)));
    told = new Set(rows.map(keyOf));
    return untold.map(({ kind, subject, why }) => ({
      code: 'row-unreadable',
      subject,
      stack:
        kind === 'stack' || kind === 'revision' || kind === 'service' ? (subject.split('/')[0] ?? '') : null,
      message: `${why} (${kind}): ${subject} and what depends on it are left as they are until the row is mended; nothing of it is stopped, replaced or ended, all else goes on`,
    }));
  };
}

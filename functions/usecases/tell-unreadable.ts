/** Tells of rows that cannot be read: once each, as long as the process lives and the row is as it is. */
import type { Decision } from '../core/model/decision.ts';
import type { RowKind, UnreadableRow } from '../core/model/unreadable.ts';

const MEND = 'mend the item in the table, or remove it';

/** Of rows that stand for the whole cluster: what holds until somebody does something, and what. */
const MEANWHILE: Partial<Record<RowKind, string>> = {
  settings: `what was read last holds; a function that never read them takes the defaults, launches nothing and ends nothing. ${MEND}: then the defaults hold until settings are set again`,
  directory: `no record is changed, what is in DNS stays. ${MEND}: it is then written anew as the zone has it`,
  name: `its records stay as they are, and so do its tasks. ${MEND}: it is then written anew as the zone has it`,
  sweep: `no host counts as silent while nobody knows when they were looked at last. The next look writes it anew; if this is told again, remove the item from the table`,
  offerings: `what EC2 has none of is not remembered from one pass to the next. ${MEND}`,
  agents: `no host is asked to change its agent. ${MEND}: then versions that were refused may be tried again`,
};

export function unreadableTeller(): (rows: readonly UnreadableRow[]) => Decision[] {
  let told: ReadonlySet<string> = new Set();
  const keyOf = ({ kind, subject, why }: UnreadableRow): string => `${kind} ${subject} ${why}`;
  return (rows) => {
    // What the register loop writes anew it tells itself.
    const lasting = rows.filter(({ version }) => version === undefined);
    const untold = lasting.filter((row) => !told.has(keyOf(row)));
    told = new Set(lasting.map(keyOf));
    return untold.map(({ kind, subject, why }) => ({
      code: 'row-unreadable',
      subject,
      stack: ['stack', 'revision', 'service', 'scale'].includes(kind) ? (subject.split('/')[0] ?? '') : null,
      message: `${why} (${kind}): ${MEANWHILE[kind] ?? `${subject} and what depends on it are left as they are until the row is mended; nothing of it is stopped, replaced or ended, all else goes on`}`,
    }));
  };
}

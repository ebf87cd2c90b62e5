/**
 * Rows of what was applied to the zone that cannot be read are written anew as the zone has it: its records are the truth,
 * the rows only remember them. Which tasks are on their way out is lost with them, so the head is unsure: nothing counts as
 * never published until Route 53 has confirmed the next batch. A row whose version cannot be read either is left alone.
 */
import { resync } from '../core/discovery/resync.ts';
import type { Directory, DirectoryName } from '../core/model/directory.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { UnreadableRow } from '../core/model/unreadable.ts';
import type { DirectoryStore, ServiceDirectory } from './ports.ts';
import { recordDecisions, type DecisionDeps } from './record-decisions.ts';
import type { RequestPace } from './request-pace.ts';

export interface MendDeps extends DecisionDeps {
  readonly store: DirectoryStore;
  readonly directory: Pick<ServiceDirectory, 'list'>;
  readonly zone: string;
  readonly pace: RequestPace;
}

/**
 * `mended`: read everything anew. `stuck`: the head cannot be written, so nothing can be applied. `whole`: what can be
 * mended is.
 */
export type Mended = 'mended' | 'stuck' | 'whole';

export async function mendDirectory(deps: MendDeps, { directory, leftOut }: Snapshot): Promise<Mended> {
  const broken = leftOut.rows.filter(({ kind }) => kind === 'directory' || kind === 'name');
  const rows = broken.filter(({ version }) => version !== undefined);
  const head = broken.find(({ kind }) => kind === 'directory');
  if (head !== undefined && head.version === undefined) return 'stuck';
  if (rows.length === 0) return 'whole';
  await deps.pace.turn();
  const records = await deps.directory.list();
  const lost = rows.filter(({ kind }) => kind === 'name').map(emptyName);
  const before: Directory = { head: directory.head, names: [...directory.names, ...lost] };
  const inZone = resync(before, records, deps.zone);
  await recordDecisions(deps, 'register', rows.map(told));
  // The head first, so that nobody takes a lost task for one that was never there.
  const { version } = head ?? directory.head;
  const next = head === undefined ? directory.head : inZone.head;
  await deps.store.putHead({ ...next, unsure: true }, version ?? 0);
  const writable =
    head === undefined ? isOneOf(rows) : not(isOneOf(broken.filter((row) => !rows.includes(row))));
  const names = inZone.names.filter(writable);
  await Promise.all(names.map((name) => deps.store.putName(name, name.version)));
  return 'mended';
}

const isOneOf = (rows: readonly UnreadableRow[]): ((name: DirectoryName) => boolean) => {
  const owners = new Set(rows.map(({ subject }) => subject));
  return ({ owner }) => owners.has(owner);
};
const not =
  (holds: (name: DirectoryName) => boolean) =>
  (name: DirectoryName): boolean =>
    !holds(name);

const emptyName = ({ subject, version = 0 }: UnreadableRow): DirectoryName => ({
  owner: subject,
  records: [],
  tasks: {},
  version,
});

const told = ({ kind, subject, why }: UnreadableRow) => ({
  code: 'row-unreadable' as const,
  subject,
  stack: kind === 'name' ? (subject.split('.')[1] ?? null) : null,
  message: `${why} (${kind}): it is written anew as the zone has it; no record is changed by that`,
});

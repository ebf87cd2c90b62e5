/**
 * Brings a plan into the zone: the difference in fenced atomic batches, each stored once Route 53 has accepted it.
 *
 * A batch that is rejected is followed by a reading of the zone itself. If the fence was not the reason, and the same
 * names are rejected once more after that reading, the batch is halved until the name that Route 53 refuses stands
 * alone; it is held for a while, and the others go on. When the zone is full, replicas get no new record of their own; all
 * names that need more record sets even so are held at once, without asking for each.
 */
import { fenceChanges, inBatches, planInZone, soaChange } from '../core/discovery/batches.ts';
import { isEmpty, isWaiting, type NamePlan } from '../core/discovery/plan-directory.ts';
import { inSteps } from '../core/discovery/steps.ts';
import { resync } from '../core/discovery/resync.ts';
import { HOW_TO_MAKE_ROOM } from '../core/discovery/within-room.ts';
import type { Decision } from '../core/model/decision.ts';
import type { DirectoryHead, DirectoryName, RecordChange, RecordSet } from '../core/model/directory.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { UnreadableRow } from '../core/model/unreadable.ts';
import type { Clock, DecisionLog, DirectoryStore, Ids, ServiceDirectory } from './ports.ts';
import type { Quarantine } from './quarantine.ts';
import { recordDecisions } from './record-decisions.ts';
import type { RequestPace } from './request-pace.ts';

export interface ApplyDeps {
  readonly store: DirectoryStore;
  readonly directory: ServiceDirectory;
  readonly decisions: DecisionLog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly zone: string;
  readonly pace: RequestPace;
  readonly quarantine: Quarantine;
}

export const PENDING_KEPT = 10;

export type Applied = 'applied' | 'rejected' | 'throttled';

interface Batch {
  readonly names: readonly NamePlan[];
  /** Changes that are no owner's. */
  readonly soa: readonly RecordChange[];
}

export async function applyPlan(
  session: ApplyDeps,
  snapshot: Snapshot,
  names: readonly NamePlan[],
): Promise<Applied> {
  const planned = snapshot.directory.head.plan + 1;
  const ttl = snapshot.settings.dnsTtlSeconds;
  const quiet = names.filter((name) => !needsBatch(name, planned));
  let work = await batchesOf(
    session,
    snapshot,
    names.filter((name) => needsBatch(name, planned)),
  );
  // The head goes first: of two passes that began with the same reading one stops here, before it does anything.
  let { head } = snapshot.directory;
  if (work.length > 0 || quiet.some(concludes))
    head = await storeHead(session, { ...head, unsure: head.unsure || work.length > 0 });
  await storeNames(session, quiet, planned, planned);
  let isFirst = true;
  // What a killed pass left open, until a batch of this one is applied.
  const isStillUnsure = (): boolean => snapshot.directory.head.unsure && isFirst;
  for (let batch = work.shift(); batch !== undefined; batch = work.shift()) {
    const changes = [
      ...fenceChanges(session.zone, head.plan),
      ...batch.soa,
      ...batch.names.flatMap((name) => name.changes),
    ];
    await session.pace.turn();
    const outcome = await session.directory.apply(changes, `berth plan ${head.plan + 1}`);
    if (outcome.kind === 'throttled') {
      session.pace.throttled();
      await storeHead(session, { ...head, unsure: isStillUnsure() });
      await recordDecisions(session, 'register', [
        row('dns-throttled', session.zone, `Route 53 is throttling: ${outcome.message}`),
      ]);
      return 'throttled';
    }
    if (outcome.kind === 'full' && batch.names.some(needsRoom)) {
      if (!session.quarantine.foundFull()) {
        // What is wanted of a full zone is less: it is decided anew.
        await storeHead(session, { ...head, unsure: isStillUnsure() });
        return 'rejected';
      }
      work = await withoutRoom(session, [batch, ...work], outcome.message);
      // Whether an earlier batch was applied is told by the fence, if by nothing else.
      if (work.length === 0 && isStillUnsure()) work.push({ names: [], soa: [] });
      continue;
    }
    if (outcome.kind !== 'accepted') {
      const parts = await partsOf(session, head, batch, outcome.message);
      if (parts === null) return 'rejected';
      work.unshift(...parts);
      continue;
    }
    isFirst = false;
    session.pace.succeeded();
    session.quarantine.accepted(owners(batch));
    // The head goes last: killed in between, the next batch fails at the fence, and the zone is read.
    await storeNames(session, batch.names, planned, head.plan + 1);
    const isLast = work.length === 0;
    const soaTtlSeconds = batch.soa.length > 0 ? ttl : head.soaTtlSeconds;
    head = await storeBatch(session, head, { changeId: outcome.changeId, soaTtlSeconds, isLast });
    const plan = head.plan;
    await recordDecisions(
      session,
      'register',
      batch.names.flatMap((name) => explain(name, plan)),
    );
  }
  // The last of them was rejected, and nothing of it was applied.
  if (head.unsure) await storeHead(session, { ...head, unsure: false });
  return 'applied';
}

const owners = ({ names }: Batch): string[] => names.map(({ after }) => after.owner);

/** Names that were refused before are tried alone, after the others. */
async function batchesOf(
  session: ApplyDeps,
  { directory, settings }: Snapshot,
  names: readonly NamePlan[],
): Promise<Batch[]> {
  const soa = await soaChanges(session, directory.head, settings.dnsTtlSeconds);
  const refused = names.filter(({ after }) => session.quarantine.wasHeld(after.owner));
  const others = names.filter(({ after }) => !session.quarantine.wasHeld(after.owner));
  const batches = [...inBatches(others), ...refused.flatMap(inSteps).map((name) => [name])];
  // Something waits, and no change is pending whose confirmation would free it: the fence alone makes one.
  const stuck = isWaiting(directory) && directory.head.pending.length === 0;
  // A pass ended in the middle: the fence tells whether its batch was applied, and nothing else does.
  if (batches.length === 0 && (stuck || directory.head.unsure || soa.length > 0)) batches.push([]);
  return batches.map((batch, index) => ({ names: batch, soa: index === 0 ? soa : [] }));
}

/**
 * What to try instead of a rejected batch; null: the zone was read anew, decide again.
 */
async function partsOf(
  session: ApplyDeps,
  head: DirectoryHead,
  batch: Batch,
  why: string,
): Promise<Batch[] | null> {
  await session.pace.turn();
  const records = await session.directory.list();
  const fenceHeld = planInZone(records, session.zone) === head.plan;
  if (!fenceHeld || !session.quarantine.rejected(owners(batch))) {
    await takeOver(session, records, why);
    return null;
  }
  const { names, soa } = batch;
  if (names.length > 0 && soa.length > 0)
    return [
      { names: [], soa },
      { names, soa: [] },
    ];
  if (names.length > 1) {
    const middle = Math.ceil(names.length / 2);
    return [names.slice(0, middle), names.slice(middle)].map((half) => ({ names: half, soa: [] }));
  }
  const owner = names[0]?.after.owner ?? session.zone;
  const untilMs = session.quarantine.hold(owner);
  const stack = names[0]?.after.owner.split('.')[1] ?? null;
  const message = `Route 53 refuses the records of ${owner} (${why}); they are tried again at ${new Date(untilMs).toISOString()}, all others go on. If somebody else has a record of that name, remove it`;
  await recordDecisions(session, 'register', [{ ...row('dns-refused', owner, message), stack }]);
  return [];
}

/** Holds whoever needs room. @returns what needs none */
async function withoutRoom(session: ApplyDeps, work: readonly Batch[], why: string): Promise<Batch[]> {
  const names = work.flatMap((batch) => batch.names);
  const waiting = new Set(names.filter(needsRoom).map(({ after }) => after.owner));
  const untilMs = [...waiting].map((owner) => session.quarantine.hold(owner));
  const [first = ''] = waiting;
  const which = waiting.size === 1 ? first : `${String(waiting.size)} names, ${first} among them,`;
  const again = new Date(Math.min(...untilMs)).toISOString();
  const message = `the zone takes no more record sets (${why}): the records of ${which} are tried again from ${again} on, and what is there stays. ${HOW_TO_MAKE_ROOM}`;
  await recordDecisions(session, 'register', [row('dns-limit', session.zone, message)]);
  return work
    .map((batch) => ({ ...batch, names: batch.names.filter(({ after }) => !waiting.has(after.owner)) }))
    .filter((batch) => batch.names.length > 0 || batch.soa.length > 0);
}

const needsRoom = ({ before, after }: NamePlan): boolean =>
  after.records.length > (before?.records.length ?? 0);

const needsBatch = ({ changes, after }: NamePlan, planned: number): boolean =>
  changes.length > 0 ||
  Object.values(after.tasks).some((entry) => entry.state === 'leaving' && entry.plan === planned);

/** It says more than that old entries are forgotten. */
const concludes = ({ before, after }: NamePlan): boolean =>
  Object.entries(after.tasks).some(([task, entry]) => before?.tasks[task] !== entry);

async function soaChanges(
  session: ApplyDeps,
  head: DirectoryHead,
  ttlSeconds: number,
): Promise<RecordChange[]> {
  // A refused SOA is held under the zone's own name.
  if (head.soaTtlSeconds === ttlSeconds || session.quarantine.isHeld(session.zone)) return [];
  await session.pace.turn();
  const soa = (await session.directory.list()).find((record) => record.type === 'SOA');
  return soa ? [soaChange(soa, ttlSeconds)] : [];
}

async function storeBatch(
  session: ApplyDeps,
  head: DirectoryHead,
  accepted: { changeId: string; soaTtlSeconds: number | null; isLast: boolean },
): Promise<DirectoryHead> {
  const plan = head.plan + 1;
  const pending = [
    ...head.pending,
    { changeId: accepted.changeId, plan, submittedAtMs: session.clock.nowMs() },
  ].slice(-PENDING_KEPT);
  return storeHead(session, {
    plan,
    pending,
    soaTtlSeconds: accepted.soaTtlSeconds,
    unsure: !accepted.isLast,
    version: head.version,
  });
}

async function storeHead({ store }: ApplyDeps, head: DirectoryHead): Promise<DirectoryHead> {
  await store.putHead(head, head.version);
  return { ...head, version: head.version + 1 };
}

/** Entries were decided under the number `planned`; a later batch of the same pass has a higher one. */
async function storeNames(
  session: ApplyDeps,
  names: readonly NamePlan[],
  planned: number,
  plan: number,
): Promise<void> {
  await Promise.all(
    names.map(async ({ before, after }) => {
      if (isEmpty(after)) {
        if (before && before.version > 0) await session.store.removeName(after.owner, before.version);
        return;
      }
      const tasks = Object.entries(after.tasks).map(
        ([task, entry]) => [task, entry.plan === planned ? { ...entry, plan } : entry] as const,
      );
      const name: DirectoryName = { ...after, tasks: Object.fromEntries(tasks) };
      await session.store.putName(name, after.version);
    }),
  );
}

/** The rows are as the zone is. */
async function takeOver(session: ApplyDeps, records: readonly RecordSet[], why: string): Promise<void> {
  const left: UnreadableRow[] = [];
  const before = await session.store.load(left);
  const unknown = new Set(left.map(({ subject }) => subject));
  const { head, names } = resync(before, records, session.zone);
  await session.store.putHead(head, head.version);
  const known = names.filter(({ owner }) => !unknown.has(owner));
  await Promise.all(known.map((name) => session.store.putName(name, name.version)));
  const found =
    head.plan === before.head.plan
      ? `the zone is at plan ${head.plan}, as it should be, so one of the records is the reason`
      : `the zone is at plan ${head.plan}, not ${before.head.plan}`;
  const message = `Route 53 rejected the batch (${why}): ${found}; the zone was read anew`;
  await recordDecisions(session, 'register', [row('dns-rejected', session.zone, message)]);
}

function explain({ before, after, changes }: NamePlan, plan: number): Decision[] {
  if (changes.length === 0) return [];
  const srv = after.records
    .filter((record) => record.type === 'SRV')
    .reduce((total, record) => total + record.values.length, 0);
  const was = (before?.records ?? [])
    .filter((record) => record.type === 'SRV')
    .reduce((total, record) => total + record.values.length, 0);
  const message = `plan ${plan}: ${after.records.length} record sets, ${srv} SRV targets (before: ${was})`;
  return [{ code: 'dns-applied', subject: after.owner, stack: after.owner.split('.')[1] ?? null, message }];
}

const row = (code: Decision['code'], subject: string, message: string): Decision => ({
  code,
  subject,
  stack: null,
  message,
});

/**
 * The register loop: the zone's only writer.
 *
 * A pass confirms what Route 53 has brought to its servers, decides the wanted records, applies the difference in
 * fenced atomic batches and stores what was applied. A batch that the fence rejects is followed by a reading of the zone
 * itself. While a task waits to leave, the run stays and asks once a second; else it never asks.
 */
import { fenceChanges, inBatches, soaChange } from '../core/discovery/batches.ts';
import { isEmpty, isWaiting, planDirectory, type NamePlan } from '../core/discovery/plan-directory.ts';
import { resync } from '../core/discovery/resync.ts';
import type { Decision } from '../core/model/decision.ts';
import type { Directory, DirectoryHead, DirectoryName, RecordChange } from '../core/model/directory.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { zoneAuditor } from './audit-zone.ts';
import { ASK_EVERY_MS, confirmChanges } from './confirm-changes.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import type {
  Clock,
  DecisionLog,
  DirectoryStore,
  Ids,
  LoopLeases,
  ServiceDirectory,
  Wakes,
} from './ports.ts';
import { recordDecisions } from './record-decisions.ts';
import { requestPace, type RequestPace } from './request-pace.ts';
import { runAlone, type PassResult, type RunOutcome } from './run-alone.ts';

export interface RegisterDeps {
  readonly load: LoadSnapshot;
  readonly store: DirectoryStore;
  readonly directory: ServiceDirectory;
  readonly leases: LoopLeases;
  readonly decisions: DecisionLog;
  readonly wakes: Pick<Wakes, 'reconcile' | 'register'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly zone: string;
}

export const PENDING_KEPT = 10;
export const THROTTLED_PAUSE_MS = 1000;

interface Session extends RegisterDeps {
  readonly pace: RequestPace;
  readonly confirm: (directory: Directory) => Promise<boolean>;
  readonly audit: () => Promise<number | null>;
}

export function registerRecords(deps: RegisterDeps): () => Promise<RunOutcome> {
  const pace = requestPace(deps.clock);
  const session: Session = {
    ...deps,
    pace,
    confirm: confirmChanges(deps, pace),
    audit: zoneAuditor(deps, pace),
  };
  const onDeadline = (): Promise<void> => deps.wakes.register('tasks still wait to leave DNS');
  return () => runAlone({ loop: 'register', ...deps, onDeadline }, () => pass(session));
}

async function pass(session: Session): Promise<PassResult> {
  const snapshot = await session.load();
  const confirmed = await session.confirm(snapshot.directory);
  // Nobody else writes the directory: unless something was confirmed it is as it was loaded.
  const fresh = confirmed ? { ...snapshot, directory: await session.store.load() } : snapshot;
  const plan = planDirectory(fresh, session.zone, session.clock.nowMs());
  await recordDecisions(session, 'register', newlyOpen(plan.decisions, session));
  const outcome = await applyPlan(session, fresh, plan.names);
  if (outcome === 'rejected') return { againInMs: 0 };
  if (outcome === 'throttled') return { againInMs: THROTTLED_PAUSE_MS };
  if (plan.postponed > 0) return { againInMs: ASK_EVERY_MS };
  if (plan.names.some(hasNewlyLeft)) await session.wakes.reconcile('tasks have left DNS');
  if (isWaiting(await session.store.load())) return { againInMs: ASK_EVERY_MS };
  return { againInMs: await session.audit() };
}

type Applied = 'applied' | 'rejected' | 'throttled';

async function applyPlan(session: Session, snapshot: Snapshot, names: readonly NamePlan[]): Promise<Applied> {
  const planned = snapshot.directory.head.plan + 1;
  const soa = await soaChanges(session, snapshot.directory.head, snapshot.settings.dnsTtlSeconds);
  const quiet = names.filter((name) => !needsBatch(name, planned));
  const batches = inBatches(names.filter((name) => needsBatch(name, planned)));
  // Something waits, and no change is pending whose confirmation would free it: the fence alone makes one.
  const stuck = isWaiting(snapshot.directory) && snapshot.directory.head.pending.length === 0;
  if (batches.length === 0 && (stuck || soa.length > 0)) batches.push([]);
  // The head goes first: of two passes that began with the same reading one stops here, before it does anything.
  let { head } = snapshot.directory;
  if (batches.length > 0 || quiet.some(concludes))
    head = await storeHead(session, { ...head, unsure: head.unsure || batches.length > 0 });
  await storeNames(session, quiet, planned, planned);
  for (const [index, batch] of batches.entries()) {
    const changes = [
      ...fenceChanges(session.zone, head.plan),
      ...(index === 0 ? soa : []),
      ...batch.flatMap((name) => name.changes),
    ];
    await session.pace.turn();
    const outcome = await session.directory.apply(changes, `berth plan ${head.plan + 1}`);
    if (outcome.kind === 'throttled') {
      session.pace.throttled();
      await storeHead(session, { ...head, unsure: snapshot.directory.head.unsure && index === 0 });
      await recordDecisions(session, 'register', [
        row('dns-throttled', session.zone, `Route 53 is throttling: ${outcome.message}`),
      ]);
      return 'throttled';
    }
    if (outcome.kind === 'rejected') {
      await readZone(session, outcome.message);
      return 'rejected';
    }
    session.pace.succeeded();
    // The head goes last: killed in between, the next batch fails at the fence, and the zone is read.
    await storeNames(session, batch, planned, head.plan + 1);
    head = await storeBatch(session, head, {
      changeId: outcome.changeId,
      ttl: snapshot.settings.dnsTtlSeconds,
      isLast: index === batches.length - 1,
    });
    await recordDecisions(
      session,
      'register',
      batch.flatMap((name) => explain(name, head.plan)),
    );
  }
  return 'applied';
}

/** Those that left earlier are still remembered; reconcile was told of them when they did. */
const hasNewlyLeft = ({ before, after }: NamePlan): boolean =>
  Object.entries(after.tasks).some(
    ([task, { outAtMs }]) => outAtMs !== undefined && before?.tasks[task]?.outAtMs === undefined,
  );

const needsBatch = ({ changes, after }: NamePlan, planned: number): boolean =>
  changes.length > 0 ||
  Object.values(after.tasks).some((entry) => entry.state === 'leaving' && entry.plan === planned);

/** It says more than that old entries are forgotten. */
const concludes = ({ before, after }: NamePlan): boolean =>
  Object.entries(after.tasks).some(([task, entry]) => before?.tasks[task] !== entry);

async function soaChanges(
  session: Session,
  head: DirectoryHead,
  ttlSeconds: number,
): Promise<RecordChange[]> {
  if (head.soaTtlSeconds === ttlSeconds) return [];
  await session.pace.turn();
  const soa = (await session.directory.list()).find((record) => record.type === 'SOA');
  return soa ? [soaChange(soa, ttlSeconds)] : [];
}

async function storeBatch(
  session: Session,
  head: DirectoryHead,
  accepted: { changeId: string; ttl: number; isLast: boolean },
): Promise<DirectoryHead> {
  const plan = head.plan + 1;
  const pending = [
    ...head.pending,
    { changeId: accepted.changeId, plan, submittedAtMs: session.clock.nowMs() },
  ].slice(-PENDING_KEPT);
  return storeHead(session, {
    plan,
    pending,
    soaTtlSeconds: accepted.ttl,
    unsure: !accepted.isLast,
    version: head.version,
  });
}

async function storeHead({ store }: Session, head: DirectoryHead): Promise<DirectoryHead> {
  await store.putHead(head, head.version);
  return { ...head, version: head.version + 1 };
}

/** Entries were decided under the number `planned`; a later batch of the same pass has a higher one. */
async function storeNames(
  session: Session,
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

async function readZone(session: Session, why: string): Promise<void> {
  await session.pace.turn();
  const records = await session.directory.list();
  const before = await session.store.load();
  const { head, names } = resync(before, records, session.zone);
  await session.store.putHead(head, head.version);
  await Promise.all(names.map((name) => session.store.putName(name, name.version)));
  const message = `Route 53 rejected the batch (${why}): the zone is at plan ${head.plan}, not ${before.head.plan}; it was read anew`;
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

const told = new WeakMap<Session, Set<string>>();

/** A state that lasts is told when it begins, not in every pass. */
function newlyOpen(decisions: readonly Decision[], session: Session): readonly Decision[] {
  const before = told.get(session) ?? new Set<string>();
  told.set(session, new Set(decisions.map((one) => one.subject)));
  return decisions.filter((one) => !before.has(one.subject));
}

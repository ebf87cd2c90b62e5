/**
 * Two writers of one zone: each is the real register loop, over the same rows and on one clock. Service `web` of stack
 * `shop` has run on host `h-a` and now runs on `h-b`; the late writer still holds the plan that says `h-a`.
 *
 *   late     reads (web on h-a) ......... held before its ChangeResourceRecordSets .......... resumed: writes
 *   current                     lease expires; reads (web on h-b), writes
 */
import type { RecordChange, RecordSet } from '../../../functions/core/model/directory.ts';
import { hostId } from '../../../functions/core/model/ids.ts';
import { fenceName } from '../../../functions/core/discovery/names.ts';
import { snapshotLoader } from '../../../functions/usecases/load-snapshot.ts';
import type { ApplyOutcome, ServiceDirectory } from '../../../functions/usecases/ports.ts';
import { registerRecords, type RegisterDeps } from '../../../functions/usecases/register-records.ts';
import { LEASE_MS } from '../../../functions/usecases/run-alone.ts';
import { assignment, host, reportOf, settings, taskReport, ZONE } from '../../support/builders.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { fakeIds } from '../../support/fake-ids.ts';
import { inMemoryAgentMemoryStore } from '../../support/in-memory/agent-memory-store.ts';
import { inMemoryOfferingStore } from '../../support/in-memory/offering-store.ts';
import { inMemoryClusterStore } from '../../support/in-memory/cluster-store.ts';
import { inMemoryDecisionLog } from '../../support/in-memory/decision-log.ts';
import { inMemoryDirectoryStore } from '../../support/in-memory/directory-store.ts';
import { inMemoryHostStore } from '../../support/in-memory/host-store.ts';
import { inMemoryLoopLeases } from '../../support/in-memory/loop-leases.ts';
import { inMemoryScaleStore } from '../../support/in-memory/scale-store.ts';
import { inMemoryStackStore } from '../../support/in-memory/stack-store.ts';
import { inMemorySweepStore } from '../../support/in-memory/sweep-store.ts';
import { recordedWakes } from '../../support/in-memory/wakes.ts';
import type { Stop } from './stops.ts';

/** A zone whose next batch can be held between the writer and Route 53. */
export interface HeldZone {
  readonly directory: ServiceDirectory;
  readonly clock: FakeClock;
  holdNext(): void;
  /** Resolves when a batch is held. */
  held(): Promise<void>;
  resume(): void;
}

/** One batch as it was sent, what became of it, and the zone before and after. */
export interface SentBatch {
  readonly changes: readonly RecordChange[];
  readonly outcome: ApplyOutcome;
  readonly after: readonly RecordSet[];
}

export type Guard = (directory: ServiceDirectory) => ServiceDirectory;

/** The mutant: the register loop as it would be without the fence. */
export const withoutFence: Guard = (directory) => ({
  ...directory,
  apply: (changes, comment) =>
    directory.apply(
      changes.filter(({ record }) => record.name !== fenceName(ZONE)),
      comment,
    ),
});

const HOSTS = ['h-a', 'h-b'] as const;
type HostName = (typeof HOSTS)[number];
const PORT: Readonly<Record<HostName, number>> = { 'h-a': 20_001, 'h-b': 20_002 };
const rowOf = (name: HostName) => host(name.slice(2), { id: hostId(name) });
const taskOn = (name: HostName) => assignment(name, { ports: [portOn(name)] });
const portOn = (name: HostName) => ({
  name: 'http',
  container: 8080,
  protocol: 'tcp' as const,
  host: PORT[name],
});

/** The SRV target of `web` on that host. */
export const targetOn = (name: HostName): string => `0 1 ${PORT[name]} ${name}.${ZONE}.`;
export const SRV = `_http._tcp.web.shop.${ZONE}`;

export interface WritersOptions {
  readonly guard?: Guard;
  /** Where the late writer is held. */
  readonly stop?: Stop;
}

export async function twoWriters(zone: HeldZone, { guard = (same) => same, stop }: WritersOptions = {}) {
  const { clock } = zone;
  const stores = {
    cluster: inMemoryClusterStore(),
    stacks: inMemoryStackStore(),
    scales: inMemoryScaleStore(),
    hosts: inMemoryHostStore(),
  };
  const store = inMemoryDirectoryStore();
  const decisions = inMemoryDecisionLog(clock);
  const sent: SentBatch[] = [];
  const shared = {
    load: snapshotLoader({
      ...stores,
      directory: store,
      sweep: inMemorySweepStore(),
      agents: inMemoryAgentMemoryStore(),
      offerings: inMemoryOfferingStore(),
    }),
    store,
    directory: guard(recorded(zone, sent)),
    leases: inMemoryLoopLeases(),
    decisions,
    wakes: recordedWakes(),
    clock,
    zone: ZONE,
  };
  const held = stop === undefined ? shared : heldBy(stop, shared);
  const late = registerRecords({ ...held, ids: fakeIds('late') });
  const current = registerRecords({ ...shared, ids: fakeIds('current') });
  await stores.cluster.put(settings(), null, 0);
  for (const name of HOSTS) await stores.hosts.putHost(rowOf(name), 0);
  await current(); // the zone as it is before any service: two hosts, plan 1

  const world = {
    current,
    sent,
    /** Record sets of the zone now. */
    records: () => zone.directory.list(),
    /** SRV targets that lead somewhere: those whose host has an address. */
    answers: async (): Promise<readonly string[]> => {
      const records = await zone.directory.list();
      const addresses = new Set(records.filter(({ type }) => type === 'A').map(({ name }) => `${name}.`));
      return targetsIn(records).filter((target) => addresses.has(target.split(' ')[3] ?? ''));
    },
    events: async () => (await decisions.list({ limit: 1000 })).map(({ code }) => code),
    runOn,
    failOn: (name: HostName) => runOn(name, 'failed'),
    /** EC2 took the host away. */
    loseHost: async (name: HostName) => {
      const row = await stores.hosts.getHost(hostId(name));
      await stores.hosts.putHost({ ...row!, state: 'terminated' }, row!.version);
    },
    race,
    raceFrom,
  };
  return world;

  async function runOn(name: HostName, phase: 'running' | 'failed' = 'running'): Promise<void> {
    const id = hostId(name);
    const [manifest, report] = [await stores.hosts.getManifest(id), await stores.hosts.getReport(id)];
    const { task } = taskOn(name);
    await stores.hosts.putManifest(
      { host: id, generation: 1, assignments: [taskOn(name)], agent: null, version: 0 },
      manifest?.version ?? 0,
    );
    const seq = (report?.seq ?? 0) + 1;
    const next = { ...reportOf(rowOf(name), [taskReport(task, { phase })]), seq };
    await stores.hosts.putReport(next, report?.version ?? 0);
  }

  /** The whole story up to the end of both runs. `late`: how its run ended. */
  async function race() {
    await runOn('h-a');
    zone.holdNext();
    const lateRun = late().catch((error: unknown) => (error as Error).name);
    await zone.held();
    const whileHeld = await current();
    clock.set(clock.nowMs() + LEASE_MS + 1000);
    await world.failOn('h-a');
    await runOn('h-b');
    const before = sent.length;
    const afterExpiry = await current();
    const committed = sent.slice(before);
    zone.resume();
    const ended = await lateRun;
    const [lateBatch] = sent.slice(before + committed.length);
    return { whileHeld, afterExpiry, committed, lateBatch: lateBatch!, late: ended };
  }

  /**
   * 20 October 2025, with the late writer held wherever `stop` says: the current one takes over, and a cleaner removes what
   * was left of the old host, before the late one goes on (or after it).
   * Resolves with what the endpoint had after each batch from the current writer's on; undefined: there is no such stop.
   */
  async function raceFrom(held: Stop, clean: 'meanwhile' | 'afterwards') {
    await runOn('h-a');
    const lateRun = late().catch((error: unknown) => (error as Error).name);
    const isHeld = await Promise.race([held.held.then(() => true), lateRun.then(() => false)]);
    if (!isHeld) return undefined;
    clock.set(clock.nowMs() + LEASE_MS + 1000);
    await world.failOn('h-a');
    await runOn('h-b');
    const before = sent.length;
    const afterExpiry = await current();
    const committed = sent.length - before;
    const sweep = async (): Promise<void> => {
      await world.loseHost('h-a');
      await current();
    };
    if (clean === 'meanwhile') await sweep();
    held.resume();
    const ended = await lateRun;
    if (clean === 'afterwards') await sweep();
    await current();
    return {
      afterExpiry,
      committed,
      late: ended,
      seen: sent.slice(before).map(({ after }) => targetsIn(after)),
    };
  }
}

type Shared = Omit<RegisterDeps, 'ids'>;

/** Everything by which a writer learns of the world or changes it. */
const heldBy = (stop: Stop, deps: Shared): Shared => ({
  ...deps,
  load: stop.over(deps.load, 'load'),
  store: stop.over(deps.store, 'store'),
  directory: stop.over(deps.directory, 'directory'),
  leases: stop.over(deps.leases, 'leases'),
  decisions: stop.over(deps.decisions, 'decisions'),
});

export const targetsIn = (records: readonly RecordSet[]): readonly string[] =>
  records.find(({ type, name }) => type === 'SRV' && name === SRV)?.values ?? [];

const recorded = (zone: HeldZone, sent: SentBatch[]): ServiceDirectory => ({
  isInSync: (changeId) => zone.directory.isInSync(changeId),
  list: () => zone.directory.list(),
  apply: async (changes, comment) => {
    const outcome = await zone.directory.apply(changes, comment);
    sent.push({ changes, outcome, after: await zone.directory.list() });
    return outcome;
  },
});

/**
 * The tick: four times a minute, whatever events were lost. It wakes the loops that would have something to do, and looks
 * at the services that are autoscaled; else it decides nothing. With no stack and no host it does nothing at all, and sends no further ticks.
 *
 * Its rows may be read eventually consistently (`load`): it is then a tick of a moment ago. What it misses, the next one
 * sees, and whoever wrote it has woken the loops; what it wakes in vain reads anew and finds nothing. The two rows that it
 * writes itself, sweep and scale, are read strongly and written on the version that was read.
 */
import { isForgotten } from '../core/hosts/next-steps.ts';
import { decideScaleIn } from '../core/hosts/scale-in.ts';
import { hostsDue } from '../core/health/hosts-due.ts';
import { decideCluster } from '../core/decide-cluster.ts';
import { isWaiting, planDirectory } from '../core/discovery/plan-directory.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { noteSweep } from '../core/model/sweep.ts';
import { AUDIT_EVERY_MS } from './audit-zone.ts';
import { scaleServices, type ScaleServices, type ScaleServicesDeps } from './scale-services.ts';
import { ConflictError } from './errors.ts';
import { laterLook } from './later-look.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import type { SweepStore, Wakes } from './ports.ts';
import { unreadableTeller } from './tell-unreadable.ts';

export interface TickDeps extends ScaleServicesDeps {
  /** May be of a moment ago, but for sweep and scale. */
  readonly load: LoadSnapshot;
  readonly sweep: SweepStore;
  readonly wakes: Wakes;
  readonly zone: string;
}

const LATER = [15, 30, 45] as const;

/** `first`: called by the minute rule, so the later ticks of the minute are sent. */
export function tick(deps: TickDeps): (input: { readonly first: boolean }) => Promise<void> {
  const sendLater = (): Promise<unknown> => Promise.all(LATER.map((second) => deps.wakes.tick(second)));
  const scale: ScaleServices = scaleServices(deps);
  const news = unreadableTeller();
  const lookAt = laterLook((seconds) => deps.wakes.reconcile('a host is not heard', seconds));
  return async ({ first }) => {
    // An outage at second 0 must not cost the rest of the minute; whether there is anything to do, nobody knows now.
    const snapshot = await deps.load().catch(async (error: unknown) => {
      if (first) await sendLater();
      throw error;
    });
    const busy = snapshot.stacks.length + snapshot.services.length + snapshot.hosts.length > 0;
    if (!busy && snapshot.directory.names.length === 0) return;
    const nowMs = deps.clock.nowMs();
    const plan = decideCluster(snapshot, nowMs, 'tick');
    const hosts = hostsDue(snapshot, nowMs);
    const untold = news(snapshot.leftOut.rows);
    // Written anew, it could not be told of any more.
    const isSweepTold = untold.every(({ subject }) => subject !== 'sweep');
    const work =
      // That loop tells of them.
      untold.length +
      (plan.agents === null ? 0 : 1) +
      plan.manifests.length +
      plan.services.length +
      plan.removedServices.length +
      plan.removedScales.length +
      plan.removedStacks.length;
    await Promise.all([
      ...(first ? [sendLater()] : []),
      ...(work > 0 ? [deps.wakes.reconcile('tick')] : []),
      scale(snapshot, nowMs),
      lookAt(hosts.wakeAtMs ?? Infinity, nowMs),
      ...(snapshot.hosts.length > 0 && isSweepTold ? [noteThatWeLook(deps, snapshot, nowMs)] : []),
      ...(needsRegister(snapshot, deps.zone, nowMs) || (first && isAuditDue(snapshot, nowMs))
        ? [deps.wakes.register('tick')]
        : []),
      ...(hosts.now ||
      plan.unplaced.length > 0 ||
      changing(snapshot, nowMs) ||
      (first && snapshot.hosts.length > 0) ||
      decideScaleIn(snapshot, { waiting: false, nowMs }).changes.length > 0
        ? [deps.wakes.provision('tick')]
        : []),
    ]);
  };
}

/** Also when a pass ended before it stored what became of its batch: the names may be as wanted, and the head is not. */
const needsRegister = (snapshot: Snapshot, zone: string, nowMs: number): boolean =>
  snapshot.directory.head.unsure ||
  isWaiting(snapshot.directory) ||
  planDirectory(snapshot, zone, nowMs).names.length > 0;

/** Every ten minutes of the clock, which takes no memory: the register loop looks at the zone itself. */
const isAuditDue = ({ directory }: Snapshot, nowMs: number): boolean =>
  directory.names.length > 0 && Math.floor(nowMs / 60_000) % (AUDIT_EVERY_MS / 60_000) === 0;

/** Hosts on their way up or down or not heard, of which EC2 may know more, and rows to forget. */
const changing = (snapshot: Snapshot, nowMs: number): boolean =>
  snapshot.hosts.some(({ host }) =>
    host.state === 'terminated' ? isForgotten(host, nowMs) : host.state !== 'ready' || host.silence !== null,
  );

/** So that silence counts only while somebody listens. */
async function noteThatWeLook({ sweep }: TickDeps, snapshot: Snapshot, nowMs: number): Promise<void> {
  const note = noteSweep(snapshot.sweep, nowMs);
  if (note === null) return;
  try {
    await sweep.note(note);
  } catch (error) {
    // Another tick noted it a moment ago.
    if (!(error instanceof ConflictError)) throw error;
  }
}

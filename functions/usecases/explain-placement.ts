/** Why a replica is where it is: every host with its verdict, and what would have to change for one that fits nowhere. */
import type { ReplicaPlacement } from '../../contract/http-api.ts';
import { decideCluster } from '../core/decide-cluster.ts';
import { hostSchedules } from '../core/hosts/host-schedules.ts';
import type { ClusterSettings } from '../core/model/cluster.ts';
import { isGone } from '../core/model/host.ts';
import { replicaName, serviceKey } from '../core/model/ids.ts';
import { poolNamed } from '../core/model/pool.ts';
import type { HostView, Snapshot } from '../core/model/snapshot.ts';
import { serviceTargets } from '../core/rollout/targets.ts';
import { viewTasks, isLive, type TaskView } from '../core/rollout/task-view.ts';
import { hintsFor } from '../core/scheduling/hints.ts';
import { candidateOf, needsOf, type Candidate, type TaskNeeds } from '../core/scheduling/needs.ts';
import { judgeAll, type Verdict } from '../core/scheduling/verdicts.ts';
import { NotFoundError } from './errors.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import type { Clock } from './ports.ts';

export interface ExplainInput {
  readonly stack: string;
  /** `web-3` */
  readonly replica: string;
}

/** Ties fall as they would in no plan: what decides there is named, and chance is. */
const SEED = 'why';

/** @throws NotFoundError when the stack has no such replica */
export function explainPlacement({
  load,
  clock,
}: {
  readonly load: LoadSnapshot;
  readonly clock: Pick<Clock, 'nowMs'>;
}): (input: ExplainInput) => Promise<ReplicaPlacement> {
  return async ({ stack, replica }) => {
    const snapshot = await load();
    const nowMs = clock.nowMs();
    const asked = replicaOf({ stack, replica });
    const own = tasksOf(snapshot, asked);
    const needs = needsOfReplica(snapshot, asked, { isThere: own.length > 0, nowMs });
    const task = own.find(isLive);
    const candidates = snapshot.hosts
      .filter(({ host }) => !isGone(host.state))
      .map((view) => candidateWithout(view, needs, snapshot.settings));
    const { verdicts, choice } = judgeAll(needs, candidates, SEED);
    return {
      stack,
      replica,
      host: task?.host.id ?? null,
      reason: task?.assignment.reason ?? waitingFor(snapshot, needs),
      now: choice === null ? null : { ...choice },
      verdicts: verdicts.map(toWire),
      hints:
        choice === null
          ? [
              ...hintsFor(needs, candidates).map(({ message }) => message),
              ...roomHint(snapshot, needs, nowMs),
            ]
          : [],
    };
  };
}

/** Of a replica that waits for a host, and would take the room of others if none can come. */
function roomHint(snapshot: Snapshot, { stack, service, slot }: TaskNeeds, nowMs: number): string[] {
  const waiting = decideCluster(snapshot, nowMs, SEED).unplaced.find(
    ({ needs }) => needs.stack === stack && needs.service === service && needs.slot === slot,
  );
  return waiting?.room === undefined
    ? []
    : [
        `${replicaName(service, slot)} gets the room of replicas of lower priority if no host can come for it`,
      ];
}

interface Replica extends Pick<TaskNeeds, 'stack' | 'service' | 'slot'> {
  /** As it was asked for. */
  readonly name: string;
}

/** A name of another form is that of no service. */
function replicaOf({ stack, replica }: ExplainInput): Replica {
  const [, service = '', number = ''] = /^(.+)-([1-9][0-9]{0,4})$/.exec(replica) ?? [];
  return { stack, service, slot: Number(number), name: replica };
}

const tasksOf = (snapshot: Snapshot, { stack, service, slot }: Replica): readonly TaskView[] =>
  viewTasks(snapshot).filter(
    ({ assignment }) =>
      assignment.stack === stack && assignment.service === service && assignment.slot === slot,
  );

/** @param isThere something of it runs */
function needsOfReplica(
  snapshot: Snapshot,
  { stack, service, slot, name }: Replica,
  { isThere, nowMs }: { readonly isThere: boolean; readonly nowMs: number },
): TaskNeeds {
  const target = serviceTargets(snapshot, nowMs).get(serviceKey(stack, service));
  const revision = snapshot.revisions.find((one) => one.stack === stack && one.number === target?.revision);
  // Numbers of autoscaled replicas may have gaps, so one past the count may be there.
  const isKnown = target !== undefined && (slot <= target.replicas || isThere);
  if (revision === undefined || target === undefined || !isKnown)
    throw new NotFoundError(`the stack ${stack} has no replica ${name}`);
  const state = snapshot.services.find((one) => one.stack === stack && one.service === service);
  const failedOn = (state?.slots ?? {})[slot]?.host;
  return needsOf(
    { stack, service, slot, revision: revision.number },
    { ...target, siblings: revision.services, failedOn: failedOn === undefined ? [] : [failedOn] },
    snapshot.settings,
  );
}

/** The host as if the replica had no task there. */
function candidateWithout(
  view: HostView,
  { stack, service, slot }: TaskNeeds,
  settings: ClusterSettings,
): Candidate {
  const { host, manifest, report } = view;
  const others = manifest.assignments.filter(
    (one) => one.stack !== stack || one.service !== service || one.slot !== slot,
  );
  const candidate = candidateOf(host, others, report, poolNamed(settings, host.pool));
  return hostSchedules(view) ? candidate : { ...candidate, unavailable: whyNot(view) };
}

function whyNot({ host, report }: HostView): string {
  if (host.state !== 'ready') return `is ${host.state}: ${host.reason}`;
  if (host.silence !== null) return 'is not heard';
  return report?.dockerAnswers === false ? 'its Docker does not answer' : 'takes no tasks now';
}

function waitingFor(snapshot: Snapshot, { stack, service, slot }: TaskNeeds): string {
  const state = snapshot.services.find((one) => one.stack === stack && one.service === service);
  return (state?.slots ?? {})[slot]?.reason ?? `${replicaName(service, slot)} is not placed yet`;
}

const toWire = (verdict: Verdict): ReplicaPlacement['verdicts'][number] =>
  verdict.kind === 'fits'
    ? {
        host: verdict.host,
        score: {
          ...verdict.score,
          replicasInDomain: [...verdict.score.replicasInDomain],
          beside: [...verdict.score.beside],
        },
        filter: null,
        reason: '',
      }
    : { host: verdict.host, score: null, filter: verdict.filter, reason: verdict.reason };

/** Why a replica is where it is: every host with its verdict, and what would have to change for one that fits nowhere. */
import type { ReplicaPlacement } from '../../contract/http-api.ts';
import { hostSchedules } from '../core/hosts/host-schedules.ts';
import { isGone } from '../core/model/host.ts';
import { replicaName } from '../core/model/ids.ts';
import type { HostView, Snapshot } from '../core/model/snapshot.ts';
import { viewTasks, isLive } from '../core/rollout/task-view.ts';
import { hintsFor } from '../core/scheduling/hints.ts';
import { candidateOf, needsOf, type Candidate, type TaskNeeds } from '../core/scheduling/needs.ts';
import { judgeAll, type Verdict } from '../core/scheduling/verdicts.ts';
import { NotFoundError } from './errors.ts';
import type { LoadSnapshot } from './load-snapshot.ts';

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
}: {
  readonly load: LoadSnapshot;
}): (input: ExplainInput) => Promise<ReplicaPlacement> {
  return async ({ stack, replica }) => {
    const snapshot = await load();
    const needs = needsOfReplica(snapshot, stack, replica);
    const own = viewTasks(snapshot).filter(
      ({ assignment }) =>
        assignment.stack === stack && assignment.service === needs.service && assignment.slot === needs.slot,
    );
    const task = own.find(isLive);
    const candidates = snapshot.hosts
      .filter(({ host }) => !isGone(host.state))
      .map((view) => candidateWithout(view, needs));
    const { verdicts, choice } = judgeAll(needs, candidates, SEED);
    return {
      stack,
      replica,
      host: task?.host.id ?? null,
      reason: task?.assignment.reason ?? waitingFor(snapshot, needs),
      now: choice === null ? null : { ...choice },
      verdicts: verdicts.map(toWire),
      hints: choice === null ? hintsFor(needs, candidates).map(({ message }) => message) : [],
    };
  };
}

function needsOfReplica(snapshot: Snapshot, stack: string, replica: string): TaskNeeds {
  const head = snapshot.stacks.find((one) => one.name === stack && one.wanted === 'present');
  const revision = snapshot.revisions.find((one) => one.stack === stack && one.number === head?.revision);
  const [, service = '', number = ''] = /^(.+)-([1-9][0-9]{0,4})$/.exec(replica) ?? [];
  const target = revision?.services[service];
  const slot = Number(number);
  if (revision === undefined || target === undefined || slot > target.spec.replicas)
    throw new NotFoundError(`the stack ${stack} has no replica ${replica}`);
  const state = snapshot.services.find((one) => one.stack === stack && one.service === service);
  const failedOn = state?.slots[slot]?.host;
  return needsOf(
    { stack, service, slot, revision: revision.number },
    { ...target, siblings: revision.services, failedOn: failedOn === undefined ? [] : [failedOn] },
    snapshot.settings,
  );
}

/** The host as if the replica had no task there. */
function candidateWithout(view: HostView, { stack, service, slot }: TaskNeeds): Candidate {
  const { host, manifest, report } = view;
  const others = manifest.assignments.filter(
    (one) => one.stack !== stack || one.service !== service || one.slot !== slot,
  );
  const candidate = candidateOf(host, others, report);
  return hostSchedules(view) ? candidate : { ...candidate, unavailable: whyNot(view) };
}

function whyNot({ host, report }: HostView): string {
  if (host.state !== 'ready') return `is ${host.state}: ${host.reason}`;
  if (host.silence !== null) return 'is not heard';
  return report?.dockerAnswers === false ? 'its Docker does not answer' : 'takes no tasks now';
}

function waitingFor(snapshot: Snapshot, { stack, service, slot }: TaskNeeds): string {
  const state = snapshot.services.find((one) => one.stack === stack && one.service === service);
  return state?.slots[slot]?.reason ?? `${replicaName(service, slot)} is not placed yet`;
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

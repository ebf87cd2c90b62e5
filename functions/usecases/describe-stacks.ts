/** What operators see of stacks: the wanted revision and how its services stand. */
import type { DeployState, ServiceStatus, StackDetail, StackSummary } from '../../contract/http-api.ts';
import type { ServiceSpec } from '../../contract/stack-spec.ts';
import type { ServiceState, StackHead } from '../core/model/stack.ts';
import { NotFoundError } from './errors.ts';
import type { StackStore } from './ports.ts';

export function listStacks({ stacks }: { readonly stacks: StackStore }): () => Promise<StackSummary[]> {
  return async () => {
    const [heads, services] = await Promise.all([stacks.list([]), stacks.listServices([])]);
    return heads.map((head) => summarize(head, services));
  };
}

export function getStack({
  stacks,
}: {
  readonly stacks: StackStore;
}): (stack: string) => Promise<StackDetail> {
  return async (stack) => {
    const head = await stacks.get(stack);
    if (head === null) throw new NotFoundError(`there is no stack ${stack}`);
    const [services, revision] = await Promise.all([
      stacks.listServices([]),
      stacks.getRevision(stack, head.revision),
    ]);
    if (revision === null) throw new NotFoundError(`revision ${head.revision} of ${stack} is missing`);
    // A service that no pass has seen yet is told as such.
    const own = services.filter((state) => state.stack === stack);
    const unseen = Object.entries(revision.spec.services).filter(
      ([name]) => !own.some((state) => state.service === name),
    );
    const summary = summarize(head, services);
    const rows = [
      ...summary.services,
      ...unseen.map(([service, spec]) => unseenStatus(head, service, startOf(spec))),
    ];
    const state = unseen.length > 0 && summary.state === 'converged' ? 'progressing' : summary.state;
    return {
      ...summary,
      state,
      services: rows,
      spec: revision.spec,
      digest: head.digest,
      updatedBy: head.updatedBy,
    };
  };
}

/** Bounds hold from the beginning. */
const startOf = ({ replicas, autoscale }: Pick<ServiceSpec, 'replicas' | 'autoscale'>): number =>
  autoscale === undefined ? replicas : Math.min(autoscale.max, Math.max(autoscale.min, replicas));

const unseenStatus = (head: StackHead, service: string, replicas: number): ServiceStatus => ({
  service,
  revision: head.revision,
  state: 'progressing',
  replicas,
  running: 0,
  healthy: 0,
  reason: 'accepted; the reconcile loop has not seen it yet',
});

function summarize(head: StackHead, services: readonly ServiceState[]): StackSummary {
  const own = services.filter((state) => state.stack === head.name);
  const rows = own.map(({ service, revision, state, replicas, running, healthy, scaling, reason }) => ({
    service,
    revision,
    state,
    replicas,
    running,
    healthy,
    ...(scaling === undefined ? {} : { scaling: { ...scaling } }),
    reason,
  }));
  const updatedAt = new Date(head.updatedAtMs).toISOString();
  return { stack: head.name, revision: head.revision, state: stateOf(head, own), updatedAt, services: rows };
}

/** Converged only when every service has been judged at the wanted revision. */
function stateOf(head: StackHead, services: readonly ServiceState[]): DeployState {
  if (head.wanted === 'absent') return 'removing';
  const current = services.filter((state) => state.revision === head.revision && state.state !== 'removing');
  if (current.some((state) => state.state === 'failed')) return 'failed';
  const judged = services.length > 0 && current.length === services.length;
  return judged && current.every((state) => state.state === 'converged') ? 'converged' : 'progressing';
}

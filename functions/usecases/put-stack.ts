/**
 * PUT of a stack: a new revision if the content differs, nothing at all if it does not.
 *
 * The revision is written before the head that names it; a crash between leaves a revision that the same PUT, repeated,
 * takes up again.
 */
import { canonicalJson } from '../../contract/canonical.ts';
import type { PutStackReply } from '../../contract/http-api.ts';
import { STACK_LIMITS, type ServiceSpec, type StackSpec } from '../../contract/stack-spec.ts';
import type { StackHead } from '../core/model/stack.ts';
import { ConflictError, InvalidInputError } from './errors.ts';
import type { Clock, DecisionLog, Ids, StackStore, StoredRevision, Wakes } from './ports.ts';
import { hasSocket } from './replica-socket.ts';
import { tellHead } from './tell-head.ts';

export interface PutStackDeps {
  readonly stacks: StackStore;
  readonly decisions: DecisionLog;
  readonly wakes: Pick<Wakes, 'reconcile'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface PutStackInput {
  readonly stack: string;
  readonly spec: StackSpec;
  /** Who asks: the caller's ARN. */
  readonly by: string;
}

const ATTEMPTS_MAX = 5;

/** Warnings are about the document, which the handler has read. */
export type PutOutcome = Omit<PutStackReply, 'warnings'>;

export function putStack(deps: PutStackDeps): (input: PutStackInput) => Promise<PutOutcome> {
  return async (input) => {
    checkLimits(input);
    const digest = deps.ids.digest(canonicalJson(input.spec));
    for (let attempt = 1; ; attempt += 1) {
      const head = await deps.stacks.get(input.stack);
      if (head?.wanted === 'present' && head.digest === digest) {
        return { stack: input.stack, revision: head.revision, changed: false, digest };
      }
      try {
        return await write(deps, input, head, digest);
      } catch (error) {
        if (!(error instanceof ConflictError) || attempt === ATTEMPTS_MAX) throw error;
      }
    }
  };
}

async function write(
  deps: PutStackDeps,
  { stack, spec, by }: PutStackInput,
  head: StackHead | null,
  digest: string,
): Promise<PutOutcome> {
  const nowMs = deps.clock.nowMs();
  const number = await freeNumber(deps, stack, head, digest);
  const digests = Object.fromEntries(
    Object.entries(spec.services).map(([name, service]) => [name, serviceDigest(deps.ids, service)]),
  );
  const revision: StoredRevision = {
    stack,
    number,
    spec,
    digests,
    digest,
    createdAtMs: nowMs,
    createdBy: by,
  };
  await deps.stacks.createRevision(revision);
  const next: StackHead = {
    name: stack,
    wanted: 'present',
    revision: number,
    digest,
    updatedAtMs: nowMs,
    updatedBy: by,
    version: 0,
  };
  if (head !== null) await tellHead(deps, head);
  const before = head?.version ?? 0;
  await deps.stacks.put(next, before);
  await tellHead(deps, { ...next, version: before + 1 });
  await deps.wakes.reconcile('a stack was put');
  return { stack, revision: number, changed: true, digest };
}

/** The next number; or the last one, if it was written for this very content and never became wanted. */
async function freeNumber(
  { stacks }: PutStackDeps,
  stack: string,
  head: StackHead | null,
  digest: string,
): Promise<number> {
  const latest = await stacks.latestRevision(stack);
  if (latest > (head?.revision ?? 0)) {
    const left = await stacks.getRevision(stack, latest);
    if (left?.digest === digest) return latest;
  }
  return latest + 1;
}

/**
 * Covers what a running container depends on. How many there are, by hand or by load, and how they spread, replaces none
 * of them; nor does what they prefer of hosts. Nor do probes and metrics: the agent asks running containers the new ones. A
 * socket is mounted, and needs a new container; `signal` is what it was first for.
 */
function serviceDigest(ids: Ids, spec: ServiceSpec): string {
  const { replicas, maxReplicasPerHost, autoscale, health, placement, ...container } = spec;
  const signal = hasSocket(spec) ? { signal: true } : {};
  return ids.digest(canonicalJson({ ...container, ...signal, ...binding(placement) }));
}

/** What binds a replica to hosts. When it changes, replicas are replaced: where they run may be wrong now. */
function binding(placement: ServiceSpec['placement']): object {
  if (placement === undefined) return {};
  const { pool, constraints, antiAffinity } = placement;
  const binds = pool !== undefined || constraints.length > 0 || antiAffinity.length > 0;
  return binds ? { placement: { pool, constraints, antiAffinity } } : {};
}

function checkLimits({ stack, spec }: PutStackInput): void {
  const problem = (path: string, message: string, remedy: string): never => {
    throw new InvalidInputError(message, [{ path, message, remedy }]);
  };
  if (spec.name !== stack) {
    problem(
      'name',
      `the document is of the stack ${spec.name}, the address says ${stack}`,
      `use the address /v1/stacks/${spec.name}`,
    );
  }
  const services = Object.values(spec.services);
  if (services.length === 0) problem('services', 'a stack needs a service', 'add one under "services"');
  if (services.length > STACK_LIMITS.services) {
    problem(
      'services',
      `${services.length} services; a stack holds at most ${STACK_LIMITS.services}`,
      'split the stack',
    );
  }
  const bytes = Buffer.byteLength(canonicalJson(spec));
  if (bytes > STACK_LIMITS.specBytes) {
    problem(
      '',
      `the spec has ${bytes} bytes, at most ${STACK_LIMITS.specBytes} are stored`,
      'move long values out of the file, or split the stack',
    );
  }
}

/** DELETE of a stack: marks it; the loops drain its tasks, and the head goes when nothing of it runs any more. */
import type { DeleteStackReply } from '../../contract/http-api.ts';
import type { StackHead } from '../core/model/stack.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import type { PutStackDeps } from './put-stack.ts';
import { tellHead } from './tell-head.ts';

/** Whoever else changes the stack meanwhile, its removal is wanted all the same. */
const ATTEMPTS_MAX = 3;

export function deleteStack(
  deps: PutStackDeps,
): (input: { readonly stack: string; readonly by: string }) => Promise<DeleteStackReply> {
  return async ({ stack, by }) => {
    for (let attempt = 1; ; attempt += 1) {
      const head = await deps.stacks.get(stack);
      // It has gone since an attempt whose answer was lost.
      if (head === null && attempt > 1) break;
      if (head === null) throw new NotFoundError(`there is no stack ${stack}`);
      if (head.wanted === 'absent') break;
      try {
        await mark(deps, head, by);
        break;
      } catch (error) {
        if (!(error instanceof ConflictError) || attempt === ATTEMPTS_MAX) throw error;
      }
    }
    await deps.wakes.reconcile('a stack was deleted');
    return { stack, state: 'removing' };
  };
}

async function mark(deps: PutStackDeps, head: StackHead, by: string): Promise<void> {
  const next: StackHead = { ...head, wanted: 'absent', updatedAtMs: deps.clock.nowMs(), updatedBy: by };
  await tellHead(deps, head);
  await deps.stacks.put(next, head.version);
  await tellHead(deps, { ...next, version: head.version + 1 });
}

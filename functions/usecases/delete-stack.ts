/** DELETE of a stack: marks it; the loops drain its tasks, and the head goes when nothing of it runs any more. */
import type { DeleteStackReply } from '../../contract/http-api.ts';
import type { StackHead } from '../core/model/stack.ts';
import { NotFoundError } from './errors.ts';
import type { PutStackDeps } from './put-stack.ts';
import { tellHead } from './tell-head.ts';

export function deleteStack(
  deps: PutStackDeps,
): (input: { readonly stack: string; readonly by: string }) => Promise<DeleteStackReply> {
  return async ({ stack, by }) => {
    const head = await deps.stacks.get(stack);
    if (head === null) throw new NotFoundError(`there is no stack ${stack}`);
    if (head.wanted === 'present') {
      const next: StackHead = {
        ...head,
        wanted: 'absent',
        updatedAtMs: deps.clock.nowMs(),
        updatedBy: by,
      };
      await tellHead(deps, head);
      await deps.stacks.put(next, head.version);
      await tellHead(deps, { ...next, version: head.version + 1 });
    }
    await deps.wakes.reconcile('a stack was deleted');
    return { stack, state: 'removing' };
  };
}

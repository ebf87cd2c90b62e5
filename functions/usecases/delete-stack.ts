/** DELETE of a stack: marks it; the loops drain its tasks, and the head goes when nothing of it runs any more. */
import type { DeleteStackReply } from '../../contract/http-api.ts';
import { NotFoundError } from './errors.ts';
import type { PutStackDeps } from './put-stack.ts';
import { recordDecisions } from './record-decisions.ts';

export function deleteStack(
  deps: PutStackDeps,
): (input: { readonly stack: string; readonly by: string }) => Promise<DeleteStackReply> {
  return async ({ stack, by }) => {
    const head = await deps.stacks.get(stack);
    if (head === null) throw new NotFoundError(`there is no stack ${stack}`);
    if (head.wanted === 'present') {
      await deps.stacks.put(
        { ...head, wanted: 'absent', updatedAtMs: deps.clock.nowMs(), updatedBy: by },
        head.version,
      );
      const message = `${stack} shall go, by ${by}`;
      await recordDecisions(deps, 'api', [
        { code: 'stack-removing', subject: stack, stack, message, audit: true },
      ]);
    }
    await deps.wakes.reconcile('a stack was deleted');
    return { stack, state: 'removing' };
  };
}

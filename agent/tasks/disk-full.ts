/** What a full disk is called, for whom it concerns. Pure. */
import type { TaskReason } from '../../contract/agent-protocol.ts';
import { reason } from './task-state.ts';

const FULL = /no space left on device|ENOSPC|disk quota exceeded|EDQUOT/i;
const REMEDY = 'Remove what fills it; it is tried again by itself when there is room';

/** Words of Docker or of the kernel; a full disk is named as such, with what to do. */
export const withRemedy = (words: string): string =>
  FULL.test(words) ? `The disk of the host is full (${words}). ${REMEDY}` : words;

/** Of a start that was not begun, because the agent could not note it first. */
export function notNoted(words: string): TaskReason {
  return reason(
    'create-failed',
    FULL.test(words)
      ? `Not started: ${withRemedy(words)}`
      : `Not started: the agent cannot write its state file (${words}); it is tried again every second`,
  );
}

/** Records the calls of AWS during a whole test file: registered before its first case, read after the cases. */
import { afterEach, beforeAll } from '@jest/globals';
import type { Cloud } from '../../../../local/cloud.ts';
import { openTrail } from './trail.ts';
import type { Trail } from './trail.ts';

export interface CallRecorder {
  /** Ends the record: what is called from now on is no part of it. */
  end(): Promise<Trail>;
}

/** Much less than CloudTrail remembers, which says so when it does not. */
const READ_EVERY_MS = 10_000;

/** On a busy machine; nothing is lost, since a reading goes on where the one before it has ended. */
function nextTime(error: unknown): void {
  if ((error as Error).name !== 'TimeoutError') throw error;
}

export function recordCalls(cloud: () => Cloud): CallRecorder {
  let trail: Trail | undefined;
  let isOver = false;
  let readMs = 0;
  beforeAll(() => {
    trail = openTrail(cloud());
  });
  afterEach(async () => {
    if (isOver || performance.now() - readMs < READ_EVERY_MS) return;
    readMs = performance.now();
    await trail?.catchUp().catch(nextTime);
  }, 120_000);
  return {
    async end() {
      if (trail === undefined) throw new Error('no calls were recorded');
      await trail.catchUp();
      isOver = true;
      return trail;
    },
  };
}

/** Records the calls of AWS during a whole test file: registered before its first case, read after each. */
import { afterEach, beforeAll } from '@jest/globals';
import type { Cloud } from '../../../../local/cloud.ts';
import { openTrail } from './trail.ts';
import type { Trail } from './trail.ts';

export interface CallRecorder {
  /** Ends the record: what is called from now on is no part of it. */
  end(): Promise<Trail>;
}

export function recordCalls(cloud: () => Cloud): CallRecorder {
  let trail: Trail | undefined;
  let isOver = false;
  beforeAll(() => {
    trail = openTrail(cloud());
  });
  afterEach(async () => {
    if (!isOver) await trail?.catchUp();
  }, 60_000);
  return {
    async end() {
      if (trail === undefined) throw new Error('no calls were recorded');
      await trail.catchUp();
      isOver = true;
      return trail;
    },
  };
}

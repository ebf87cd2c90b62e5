/** One line per run of a loop: how it ended and how long it took; `npm run bench` reads these. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { RunOutcome } from '../../usecases/run-alone.ts';

export const timed =
  (logger: Logger, loop: string, run: () => Promise<RunOutcome>) =>
  async (why: readonly string[]): Promise<void> => {
    const startedMs = Date.now();
    const outcome = await run();
    logger.info('pass', { loop, outcome, ms: Date.now() - startedMs, startedMs, why: [...new Set(why)] });
  };

/**
 * Keeps the metadata address blocked for containers, from before the first is started.
 *
 * Out: `forbidden()`, the reason why no container may be started now, until the block is in place.
 * Fails: never; a block that cannot be made is tried again, and is only tolerated if the configuration says so.
 */
import type { Clock } from '../clock.ts';
import type { MetadataBlock } from '../host/metadata-block.ts';
import { messageOf, type Log } from '../log.ts';

export interface Guard {
  run(signal: AbortSignal): Promise<void>;
  forbidden(): string | undefined;
}

export interface GuardOptions {
  readonly block: MetadataBlock;
  readonly required: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
}

/** As often as containers are listed anew: a firewall that somebody reloads lets them through until then. */
const CHECK_MS = 10_000;
const RETRY_MS = 5000;

export function createGuard(options: GuardOptions): Guard {
  const { clock, log } = options;
  let why: string | undefined = 'The metadata address is not blocked for containers yet';
  let complained: string | undefined;

  const check = async (): Promise<boolean> => {
    let problem: string | undefined;
    try {
      await options.block.ensure();
    } catch (error) {
      problem = `The metadata address, and with it the host's keys, cannot be blocked for containers: ${messageOf(error)}`;
    }
    if (problem !== undefined && problem !== complained)
      log.error('metadata-not-blocked', {
        error: problem,
        containers: options.required ? 'refused' : 'allowed',
      });
    complained = problem;
    const before = why;
    why = options.required ? problem : undefined;
    if (why !== before) options.onChange();
    return problem === undefined;
  };

  return {
    run: async (signal) => {
      while (!signal.aborted) await clock.sleep((await check()) ? CHECK_MS : RETRY_MS, signal);
    },
    forbidden: () => why,
  };
}

/** What an agent that starts knows from its last life. */
import type { Clock } from './clock.ts';
import { messageOf, type Log } from './log.ts';
import {
  emptyState,
  hasBooted,
  inBoot,
  notLaterThan,
  type AgentState,
  type StateFile,
} from './state-file.ts';

export interface Memory {
  /** As it holds in this boot of the host, by the clock of now. */
  readonly kept: AgentState;
  /** The host has booted since it was written. */
  readonly booted: boolean;
}

interface Sources {
  readonly stateFile: Pick<StateFile, 'load'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** A state file that cannot be used is no reason not to start: containers are adopted by their labels. Never rejects. */
export async function remembered({ stateFile, clock, log }: Sources, bootId: string): Promise<Memory> {
  const loaded = await stateFile.load().catch((error: unknown) => {
    log.error('state-lost', { error: messageOf(error) });
    return emptyState;
  });
  return { kept: notLaterThan(inBoot(loaded, bootId), clock.now()), booted: hasBooted(loaded, bootId) };
}

/** Shows neighbours that this host is there, for as long as the agent runs. Never rejects. */
import type { Clock } from '../clock.ts';
import { messageOf, type Log } from '../log.ts';
import type { NeighbourNet } from '../neighbours/neighbour-net.ts';

export interface AnswerOptions {
  readonly net: Pick<NeighbourNet, 'answer'>;
  /** Where the host's neighbours reach it. */
  readonly address: string;
  /** Its id and its boot id. */
  readonly line: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Its port may still be held by the agent before this one. */
const RETRY_MS = 1000;

export async function answerNeighbours({
  net,
  address,
  line,
  clock,
  log,
  signal,
}: AnswerOptions): Promise<void> {
  let complained: string | undefined;
  while (!signal.aborted) {
    try {
      await net.answer(address, line, signal);
    } catch (error) {
      const why = messageOf(error);
      if (why !== complained) log.error('neighbours-not-answered', { address, error: why });
      complained = why;
      await clock.sleep(RETRY_MS, signal);
    }
  }
}

import type { ApiClient } from '../../api/api-client.ts';
import { getStack, putStack } from '../../api/routes.ts';
import type { Problem, PutStackReply, ServiceStatus } from '../../../contract/http-api.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { EXIT } from '../../exit-codes.ts';
import { showDuration } from '../../duration.ts';
import { eventLine } from '../../output/events.ts';
import { painter, toneOf } from '../../output/paint.ts';
import { createProgress } from '../../output/progress.ts';
import { tellWarnings } from '../../output/problems.ts';
import type { Progress } from '../../output/progress.ts';
import type { Session } from '../../session.ts';
import type { DeployOutcome } from '../../watch/deploy-view.ts';
import { deployRows, outcomeOf, waitingFor } from '../../watch/deploy-view.ts';
import type { EventTail } from '../../watch/event-tail.ts';
import { tailEvents } from '../../watch/event-tail.ts';
import { waitFor } from '../../watch/wait-for.ts';
import { localHint } from '../../watch/local-hint.ts';
import type { Waited } from '../../watch/wait-for.ts';
import type { CommonOptions } from '../verb.ts';
import type { Document } from './document.ts';
import { tell } from '../verb.ts';

export interface Order extends Document {
  readonly stack: string;
  readonly timeoutMs: number;
}

interface Options extends CommonOptions {
  readonly wait: boolean;
}

/** What `--json` writes at the end. */
interface DeployResult {
  readonly result: DeployOutcome['result'] | 'ACCEPTED' | 'TIMEOUT' | 'INTERRUPTED';
  readonly reason: string;
  readonly stack: string;
  readonly revision: number;
  readonly changed: boolean;
  readonly digest: string;
  readonly seconds: number;
  readonly warnings: readonly Problem[];
  readonly services: readonly ServiceStatus[];
}

/** PUT of the document; with `wait`, what happens until it has ended. */
export async function handOver(session: Session, options: Options, order: Order): Promise<ExitCode> {
  const { terminal } = session;
  const paint = painter(terminal.color);
  const progress = createProgress(options.json === true ? terminal.err : terminal.out);
  const api = await session.connect(options);
  const { stack } = order;
  const [before, tail] = await Promise.all([getStack(api, stack), tailEvents(api, stack)]);
  const startMs = session.nowMs();
  const reply = await putStack(api, stack, order.bytes);
  // Its own words: the control plane may be of another version than the check that was made here.
  tellWarnings(session, order.file, reply.warnings);
  // A retried PUT finds its own revision and says "unchanged": what was there before tells the truth.
  const changed = reply.changed || before?.revision !== reply.revision;
  const revision = `revision ${String(reply.revision)}`;
  progress.log(
    changed
      ? `${paint('strong', stack)}: accepted as ${revision}`
      : `${paint('strong', stack)}: nothing changed, ${revision} already says the same`,
  );

  const end = (
    result: Pick<DeployResult, 'result' | 'reason'>,
    services: readonly ServiceStatus[],
    text: string,
  ) => {
    const seconds = (session.nowMs() - startMs) / 1000;
    const value: DeployResult = {
      ...result,
      stack,
      revision: reply.revision,
      changed,
      digest: reply.digest,
      seconds,
      warnings: reply.warnings,
      services,
    };
    tell(session, options, value, () => text);
  };
  if (!options.wait) {
    end({ result: 'ACCEPTED', reason: changed ? '' : 'nothing changed' }, [], '');
    return EXIT.ok;
  }
  const awaited = { session, api, tail, reply, progress };
  const { waited, services } = await watch(awaited, order.timeoutMs);
  const ending = endingOf(stack, reply, waited);
  const took = showDuration(session.nowMs() - startMs);
  const { result, reason } = ending;
  const hint = result === 'FAILED' ? localHint(api.target, reason) : '';
  end({ result, reason }, services, `${paint(toneOf(result), result)}  ${ending.text} (${took})${hint}\n`);
  return ending.exitCode;
}

interface Watched {
  readonly session: Session;
  readonly api: ApiClient;
  readonly tail: EventTail;
  readonly reply: PutStackReply;
  readonly progress: Progress;
}

async function watch(
  { session, api, tail, reply, progress }: Watched,
  timeoutMs: number,
): Promise<{ waited: Waited<DeployOutcome>; services: readonly ServiceStatus[] }> {
  const paint = painter(session.terminal.color);
  let services: readonly ServiceStatus[] = [];
  const waited = await waitFor<DeployOutcome>(session, {
    timeoutMs,
    progress,
    async look(elapsedMs) {
      const [detail, events] = await Promise.all([getStack(api, reply.stack), tail.next()]);
      services = detail?.services ?? [];
      return {
        outcome: outcomeOf(reply, detail),
        rows: detail === null ? [] : deployRows(reply, detail, elapsedMs, paint),
        logs: events.map((event) => eventLine(event, paint)),
        waitingFor: waitingFor(detail),
      };
    },
  });
  return { waited, services };
}

function endingOf(
  stack: string,
  { revision }: PutStackReply,
  waited: Waited<DeployOutcome>,
): Pick<DeployResult, 'result' | 'reason'> & { readonly text: string; readonly exitCode: ExitCode } {
  const watchOn = `it goes on; watch it: berth events ${stack} --follow, or berth ps ${stack}`;
  const name = `${stack} revision ${String(revision)}`;
  switch (waited.kind) {
    case 'interrupted':
      return {
        result: 'INTERRUPTED',
        reason: watchOn,
        text: `${name}: ${watchOn}`,
        exitCode: EXIT.interrupted,
      };
    case 'timeout': {
      const reason = `still waiting for ${waited.waitingFor}`;
      return { result: 'TIMEOUT', reason, text: `${name}: ${reason}; ${watchOn}`, exitCode: EXIT.failed };
    }
    case 'done': {
      const { result, reason } = waited.outcome;
      const exitCode = result === 'CONVERGED' ? EXIT.ok : EXIT.failed;
      return { result, reason, text: `${name}: ${reason}`, exitCode };
    }
  }
}

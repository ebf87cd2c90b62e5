import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ApiClient } from '../api/api-client.ts';
import type { EventView } from '../../contract/http-api.ts';
import { listEvents, stackName } from '../api/routes.ts';
import { EXIT } from '../exit-codes.ts';
import { eventLine } from '../output/events.ts';
import { painter } from '../output/paint.ts';
import type { Session } from '../session.ts';
import type { EventTail } from '../watch/event-tail.ts';
import { readFrom } from '../watch/event-tail.ts';
import { isPassing } from '../watch/wait-for.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

interface EventsOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly limit: number;
}

const DEFAULT_LIMIT = 50;
const LIMIT_MAX = 1000;
const FOLLOW_EVERY_MS = 2000;

/** `berth events [STACK]`: what was decided, by whom and why, oldest first. */
export function eventsCommand(host: Host): Command {
  return verb('events', 'Show what was decided, by whom and why; oldest first', [
    'berth events',
    'berth events shop --limit 200',
    'berth events shop --follow',
    'berth events --follow --json      (one JSON document per line)',
  ])
    .argument('[stack]', 'only what concerns this stack')
    .option('-f, --follow', 'go on as events come, until Ctrl-C')
    .option(
      '--limit <count>',
      `at most this many, the newest ones (1 to ${String(LIMIT_MAX)})`,
      count,
      DEFAULT_LIMIT,
    )
    .action(async (stack: string | undefined, options: EventsOptions) => {
      if (stack !== undefined) stackName(stack);
      const api = await host.session.connect(options);
      if (options.follow === true) await follow(host, api, stack, options);
      else await show(host, api, stack, options);
      host.finish(EXIT.ok);
    });
}

async function show(
  { session }: Host,
  api: ApiClient,
  stack: string | undefined,
  options: EventsOptions,
): Promise<void> {
  const { events } = await listEvents(api, { stack, limit: options.limit });
  tell(session, options, events, (paint) =>
    events.length === 0 ? 'no events\n' : events.map((event) => `${eventLine(event, paint)}\n`).join(''),
  );
}

async function follow(
  { session }: Host,
  api: ApiClient,
  stack: string | undefined,
  options: EventsOptions,
): Promise<void> {
  const { out, color } = session.terminal;
  const paint = painter(color);
  await session.interruptible(async (signal) => {
    let { events } = await listEvents(api, { stack, limit: options.limit });
    const tail = readFrom(api, stack, events.at(-1)?.id);
    for (;;) {
      for (const event of events)
        out.write(options.json === true ? `${JSON.stringify(event)}\n` : `${eventLine(event, paint)}\n`);
      await session.sleep(FOLLOW_EVERY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      events = [...(await nextEvents(session, tail))];
    }
  });
}

/** None while the control plane is away: following goes on when it is back, after the last event seen. */
async function nextEvents(session: Session, tail: EventTail): Promise<readonly EventView[]> {
  try {
    return await tail.next();
  } catch (error) {
    if (!isPassing(error)) throw error;
    session.terminal.err.write(`${error.message}; asking again\n`);
    return [];
  }
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= LIMIT_MAX) return value;
  throw new InvalidArgumentError(`It must be 1 to ${String(LIMIT_MAX)}.`);
}

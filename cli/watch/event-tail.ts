import type { ApiClient } from '../api/api-client.ts';
import { listEvents } from '../api/routes.ts';
import type { EventView } from '../../contract/http-api.ts';

/** Reads what was decided since the last look. */
export interface EventTail {
  next(): Promise<readonly EventView[]>;
}

const PAGE = 200;
/** Pages of one look, so that a flood of events cannot hold a wait up; the rest comes at the next look. */
const PAGES_MAX = 10;
/** Begins after the newest event there is now; `stack` undefined: of the whole cluster. */
export async function tailEvents(api: ApiClient, stack: string | undefined): Promise<EventTail> {
  const { events } = await listEvents(api, { stack, limit: 1 });
  return readFrom(api, stack, events.at(-1)?.id);
}

/** Begins after the event `id`; undefined: there was none, so with the first. */
export function readFrom(api: ApiClient, stack: string | undefined, id: string | undefined): EventTail {
  let after = id;
  return {
    async next() {
      const seen: EventView[] = [];
      for (let page = 0; page < PAGES_MAX; page++) {
        const { events } = await listEvents(api, { stack, after, limit: PAGE });
        seen.push(...events);
        after = events.at(-1)?.id ?? after;
        if (events.length < PAGE) break;
      }
      return seen;
    },
  };
}

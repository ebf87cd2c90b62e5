/** Decisions, oldest first, with the id to read on from. */
import type { EventList } from '../../contract/http-api.ts';
import type { DecisionLog } from './ports.ts';

export interface EventQuery {
  readonly stack?: string;
  readonly after?: string;
  readonly limit: number;
}

export function listEvents({
  decisions,
}: {
  readonly decisions: DecisionLog;
}): (query: EventQuery) => Promise<EventList> {
  return async (query) => {
    const rows = await decisions.list(query);
    const events = rows.map(({ id, atMs, by, code, stack, subject, message }) => ({
      id,
      at: new Date(atMs).toISOString(),
      by,
      code,
      stack,
      subject,
      message,
    }));
    return { events, next: rows.at(-1)?.id ?? query.after ?? null };
  };
}

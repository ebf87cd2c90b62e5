/** The in-memory twin of the decision log: one list, read by the same days as the table's. */
import { DECISION_DAYS, timeOfDecisionId } from '../../../functions/adapters/dynamodb/items/decision-item.ts';
import type { DecisionLog, StoredDecision } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { frozenCopy } from './versioned-rows.ts';

const DAY_MS = 86_400_000;

export const inMemoryDecisionLog = (
  clock: { nowMs(): number },
  onAppend?: (decision: StoredDecision) => void,
) => {
  const decisions = new Map<string, StoredDecision>();
  const store = withFaults<DecisionLog>({
    append: (more) => {
      const malformed = more.find((decision) => Number.isNaN(timeOfDecisionId(decision.id)));
      if (malformed) throw new Error(`decision id ${malformed.id} does not begin with a time`);
      for (const decision of more) {
        if (decisions.has(decision.id)) continue;
        decisions.set(decision.id, frozenCopy(decision));
        onAppend?.(decision);
      }
    },
    list: ({ stack, after, limit }) => {
      const firstDayMs = Math.floor(clock.nowMs() / DAY_MS - DECISION_DAYS) * DAY_MS;
      const sorted = [...decisions.values()]
        .filter((decision) => stack === undefined || decision.stack === stack)
        .sort((one, other) => (one.id < other.id ? -1 : 1));
      const chosen =
        after === undefined
          ? sorted.filter((decision) => timeOfDecisionId(decision.id) >= firstDayMs).slice(-limit)
          : sorted.filter((decision) => decision.id > after).slice(0, limit);
      return chosen;
    },
  });
  return Object.assign(store, {
    /** All of them, in the order in which they were decided. */
    all: (): readonly StoredDecision[] => [...decisions.values()],
  });
};

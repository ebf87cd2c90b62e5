/** Writes decisions with time and author; what is decided can be asked for later. */
import type { Decision } from '../core/model/decision.ts';
import type { Clock, DecisionLog, Ids } from './ports.ts';

export interface DecisionDeps {
  readonly decisions: DecisionLog;
  readonly clock: Clock;
  readonly ids: Ids;
}

export async function recordDecisions(
  deps: DecisionDeps,
  by: string,
  decisions: readonly Decision[],
): Promise<void> {
  if (decisions.length === 0) return;
  const atMs = deps.clock.nowMs();
  await deps.decisions.append(
    decisions.map((decision) => ({ ...decision, id: deps.ids.ulid(atMs), atMs, by })),
  );
}

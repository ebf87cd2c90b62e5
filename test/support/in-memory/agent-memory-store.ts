/** The in-memory twin of what was learned of versions of the agent. */
import { NOTHING_LEARNED, type AgentMemory } from '../../../functions/core/model/agent.ts';
import { ConflictError } from '../../../functions/usecases/errors.ts';
import type { AgentMemoryStore } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { frozenCopy } from './versioned-rows.ts';

export const inMemoryAgentMemoryStore = () => {
  let stored: AgentMemory = NOTHING_LEARNED;
  return withFaults<AgentMemoryStore>({
    load: () => stored,
    put: (memory, expectedVersion) => {
      if (stored.version !== expectedVersion) throw new ConflictError('agents: somebody wrote meanwhile');
      stored = frozenCopy({ ...memory, version: expectedVersion + 1 });
    },
  });
};

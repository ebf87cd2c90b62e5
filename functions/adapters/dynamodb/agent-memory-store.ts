/** What was learned of versions of the agent: one item, written by the reconcile loop. */
import { NOTHING_LEARNED } from '../../core/model/agent.ts';
import type { AgentMemoryStore } from '../../usecases/ports.ts';
import { mustBeAt } from './table/conditions.ts';
import { fieldsOf } from './table/fields.ts';
import { AGENTS_KEY } from './table/keys.ts';
import { openTable, type DynamoOptions } from './table/table.ts';

export const dynamoAgentMemoryStore = (options: DynamoOptions): AgentMemoryStore => {
  const table = openTable(options);
  return {
    load: async () => {
      const item = await table.get(AGENTS_KEY);
      if (!item) return NOTHING_LEARNED;
      const fields = fieldsOf(item);
      return {
        proven: fields.textOrNull('proven'),
        refused: fields.list('refused', (each) => ({
          version: each.text('version'),
          reason: each.text('reason', ''),
          atMs: each.number('atMs'),
        })),
        version: fields.number('version'),
      };
    },
    put: (memory, expectedVersion) =>
      table.put({ ...memory, ...AGENTS_KEY, version: expectedVersion + 1 }, mustBeAt(expectedVersion)),
  };
};

/** The in-memory twin of the doorbell: open connections, and what was rung on each. */
import type { Doorbell } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';

export const inMemoryDoorbell = () => {
  const heard = new Map<string, number[]>();
  let numbers = 0;
  const doorbell = withFaults<Doorbell>({
    ring: (connection, generation) => {
      const messages = heard.get(connection);
      if (messages === undefined) return 'gone';
      messages.push(generation);
      return 'rung';
    },
  });
  return Object.assign(doorbell, {
    /** A new connection; what is rung on it is pushed onto `heard`. */
    open: (): { readonly connection: string; readonly heard: readonly number[]; close(): void } => {
      const connection = `in-memory-${String((numbers += 1))}=`;
      const messages: number[] = [];
      heard.set(connection, messages);
      return { connection, heard: messages, close: () => void heard.delete(connection) };
    },
  });
};

/** The in-memory twin of the doorbell: open connections, and what was sent to each. */
import type { HelloReply, Ring } from '../../../contract/doorbell-protocol.ts';
import type { Doorbell } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';

type Message = Ring | HelloReply;

export const inMemoryDoorbell = () => {
  const heard = new Map<string, Message[]>();
  let numbers = 0;
  const send = (connection: string, message: Message): 'rung' | 'gone' => {
    const messages = heard.get(connection);
    if (messages === undefined) return 'gone';
    messages.push(message);
    return 'rung';
  };
  const doorbell = withFaults<Doorbell>({
    ring: (connection, generation) => send(connection, { generation }),
    answer: (connection, known) => send(connection, { known }),
  });
  return Object.assign(doorbell, {
    /** A new connection; what is rung on it is pushed onto `heard`. */
    open: (): { readonly connection: string; readonly heard: readonly Message[]; close(): void } => {
      const connection = `in-memory-${String((numbers += 1))}=`;
      const messages: Message[] = [];
      heard.set(connection, messages);
      return { connection, heard: messages, close: () => void heard.delete(connection) };
    },
  });
};

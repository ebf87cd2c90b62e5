/** The in-memory twin of the hosts' connections. */
import type { HostId } from '../../../functions/core/model/ids.ts';
import type { HostSocket } from '../../../functions/core/model/socket.ts';
import { ConflictError } from '../../../functions/usecases/errors.ts';
import type { SocketStore } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';

export const inMemorySocketStore = () => {
  const byHost = new Map<string, HostSocket>();
  const owners = new Map<string, HostId>();
  return withFaults<SocketStore>({
    get: (host) => {
      const found = byHost.get(host);
      return found === undefined ? null : { ...found };
    },
    put: (socket) => {
      owners.set(socket.connection, socket.host);
      const stored = byHost.get(socket.host);
      if (stored !== undefined && stored.connectedAtMs > socket.connectedAtMs)
        throw new ConflictError(`${socket.host}: a newer connection is stored`);
      byHost.set(socket.host, { ...socket });
    },
    forget: (host, connection) => {
      if (byHost.get(host)?.connection === connection) byHost.delete(host);
      owners.delete(connection);
    },
    hostOf: (connection) => owners.get(connection) ?? null,
  });
};

/**
 * Connections of hosts: two rows each, by host (beside its lease, so that no beat overwrites it) and by connection,
 * because API Gateway's word of a closed socket names nothing else. Both go by themselves (the table's TTL) when the
 * connection cannot live any more, as the word may never come.
 */
import { hostId } from '../../core/model/ids.ts';
import { ConflictError } from '../../usecases/errors.ts';
import type { SocketStore } from '../../usecases/ports.ts';
import { mustBeConnection, mustBeOlderConnection } from './table/conditions.ts';
import { fieldsOf } from './table/fields.ts';
import { connectionKey, socketKey } from './table/keys.ts';
import { openTable } from './table/table.ts';
import type { DynamoOptions } from './table/table.ts';

/** API Gateway ends a WebSocket at 2 h; some more for clocks. */
const LIFE_SECONDS = 2 * 3600 + 600;

export const dynamoSocketStore = (options: DynamoOptions): SocketStore => {
  const table = openTable(options);
  return {
    get: async (host) => {
      const item = await table.get(socketKey(host));
      if (item === null) return null;
      const fields = fieldsOf(item);
      return {
        host: hostId(fields.text('host')),
        connection: fields.text('connection'),
        connectedAtMs: fields.number('connectedAtMs'),
      };
    },
    put: async ({ host, connection, connectedAtMs }) => {
      const expiresAt = Math.floor(connectedAtMs / 1000) + LIFE_SECONDS;
      // First whose it is: a row of the host that nobody can forget would be the worse half.
      await table.put({ ...connectionKey(connection), host, expiresAt });
      const row = { ...socketKey(host), host, connection, connectedAtMs, expiresAt };
      await table.put(row, mustBeOlderConnection(connectedAtMs));
    },
    forget: async (host, connection) => {
      await table.remove(socketKey(host), mustBeConnection(connection)).catch(unlessAnother);
      await table.remove(connectionKey(connection));
    },
    hostOf: async (connection) => {
      const item = await table.get(connectionKey(connection));
      return item && hostId(fieldsOf(item).text('host'));
    },
  };
};

/** The host has another connection by now, or none: that is not to be touched. */
function unlessAnother(error: unknown): void {
  if (!(error instanceof ConflictError)) throw error;
}

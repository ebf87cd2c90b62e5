/** The doorbell of a host: the socket that its agent holds open to API Gateway. */
import type { HostId } from './ids.ts';

export interface HostSocket {
  readonly host: HostId;
  /** API Gateway's id of the connection. */
  readonly connection: string;
  /** When API Gateway took the handshake, by its clock. */
  readonly connectedAtMs: number;
}

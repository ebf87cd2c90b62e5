/**
 * The port "socket" over a WebSocket whose handshake is signed with the host's own keys.
 *
 * A refusal of the keys (403) asks for new ones; how handshakes end is told to `endpoint`, which looks for a new
 * address when they fail for long. Trying again is the caller's.
 */
import type { Credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { signedHeaders } from './sign.ts';
import type { OpenSocket } from './socket.ts';
import { HandshakeRefused, openWebSocket } from './web-socket.ts';

export interface SignedSocketOptions {
  readonly region: string;
  readonly credentials: Credentials;
  readonly endpoint: Endpoint;
  readonly now: () => number;
  /** Longest message, in bytes. */
  readonly maxBytes: number;
}

/** More than a cold start of the function behind it. */
const TIMEOUT_MS = 10_000;

export function createSignedSocket(options: SignedSocketOptions): OpenSocket {
  return async (host, events) => {
    const url = new URL(await options.endpoint.get());
    url.searchParams.set('host', host);
    const headers = signedHeaders({
      method: 'GET',
      url,
      headers: {},
      body: '',
      service: 'execute-api',
      region: options.region,
      keys: await options.credentials.get(),
      nowMs: options.now(),
    });
    try {
      const { maxBytes } = options;
      const socket = await openWebSocket({ url, headers, timeoutMs: TIMEOUT_MS, maxBytes, events });
      options.endpoint.note('answered');
      return socket;
    } catch (error) {
      if (error instanceof HandshakeRefused && error.status === 403) options.credentials.distrust();
      options.endpoint.note('failed');
      throw error;
    }
  };
}

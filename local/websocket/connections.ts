/**
 * Open connections and API Gateway's limits on them: 10 min idle, 2 h of life, 500 new ones a second (quotas of WebSocket
 * APIs). A connection can be posted to from when its `$connect` was answered until it ended.
 */
import type { Duplex } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { closeFrame } from './frames.ts';

export interface SocketLimits {
  idleMs: number;
  lifeMs: number;
  newPerSecond: number;
}

export const AWS_LIMITS: Readonly<SocketLimits> = { idleMs: 600_000, lifeMs: 7_200_000, newPerSecond: 500 };

export interface Connection {
  readonly id: string;
  readonly apiId: string;
  readonly stage: string;
  readonly principal: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly connectedAtMs: number;
  lastActiveMs: number;
  readonly stream: Duplex;
}

export interface Connections {
  readonly limits: SocketLimits;
  /** False: more new connections than API Gateway takes. */
  admit(): boolean;
  open(connection: Connection): void;
  get(id: string): Connection | undefined;
  list(): readonly Connection[];
  /** Ends one with a close frame. */
  close(connection: Connection, code: number, reason: string): void;
  /** Noted as ended. False: it was not open (any more). */
  ended(connection: Connection): boolean;
}

/** As API Gateway's look: 15 characters and `=`. */
export const newConnectionId = (): string => `${randomBytes(12).toString('base64url').slice(0, 15)}=`;

export function createConnections(limits: SocketLimits = { ...AWS_LIMITS }): Connections {
  const live = new Map<string, Connection>();
  const bucket = { tokens: limits.newPerSecond, atMs: Date.now() };
  const close = (connection: Connection, code: number, reason: string): void => {
    const { stream } = connection;
    if (stream.writable) stream.end(closeFrame(code, reason), () => stream.destroy());
    else stream.destroy();
  };
  const watch = (connection: Connection): void => {
    const nowMs = Date.now();
    const left = Math.min(
      connection.lastActiveMs + limits.idleMs - nowMs,
      connection.connectedAtMs + limits.lifeMs - nowMs,
    );
    if (left <= 0) close(connection, 1001, 'Going away');
    // Looks often enough to notice limits that a test has lowered.
    else setTimeout(() => live.has(connection.id) && watch(connection), Math.min(left, 1000)).unref();
  };
  return {
    limits,
    admit: () => {
      const nowMs = Date.now();
      const grown = ((nowMs - bucket.atMs) / 1000) * limits.newPerSecond;
      bucket.tokens = Math.min(limits.newPerSecond, bucket.tokens + grown);
      bucket.atMs = nowMs;
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
    open: (connection) => {
      live.set(connection.id, connection);
      watch(connection);
    },
    get: (id) => live.get(id),
    list: () => [...live.values()],
    close,
    ended: (connection) => live.delete(connection.id),
  };
}

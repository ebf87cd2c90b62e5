/**
 * API Gateway's WebSocket API in memory and on a virtual clock, with its limits: 500 new connections a second, 10 min
 * idle, 2 h of life, 32 KB a frame. A connection can be posted to only once its `connect` was answered and before it
 * ended; whether the other side still hears is known to nobody. What happens at connect, message and disconnect are
 * hooks: stand-ins, or the real use-cases.
 */
import type { Clock } from '../../agent/clock.ts';
import type { OpenSocket, SocketEvents } from '../../agent/control-plane/socket.ts';

export const SOCKET_LIMITS = {
  newPerSecond: 500,
  idleMs: 600_000,
  lifeMs: 7_200_000,
  frameBytes: 32 * 1024,
} as const;

export interface SocketHooks {
  /** False: refused. */
  connect(host: string, connection: string): Promise<boolean>;
  /** What it resolves with is sent back. */
  message(connection: string, text: string): Promise<string | undefined>;
  disconnect(connection: string): Promise<void>;
}

interface Connection {
  readonly id: string;
  readonly host: string;
  readonly events: SocketEvents;
  readonly openedMs: number;
  lastMs: number;
  /** The path is gone and neither side knows: what is sent reaches nobody. */
  dead: boolean;
}

export interface FakeSockets {
  /** As a host's agent opens one; the host is the caller that IAM vouches for. */
  readonly open: OpenSocket;
  /** PostToConnection. False: gone. */
  post(connection: string, text: string): Promise<boolean>;
  connections(): readonly { readonly id: string; readonly host: string }[];
  /** Ends every connection. `silently`: neither side notices. */
  cutAll(silently?: boolean): void;
  /** Whether handshakes succeed. */
  setReachable(reachable: boolean): void;
  readonly seen: {
    /** When handshakes were begun. */
    readonly triesMs: number[];
    opened: number;
    refused: number;
    throttled: number;
    idle: number;
    old: number;
    messages: number;
    /** Most connections of one host at a time. */
    mostOfOneHost: number;
  };
}

/** `isLost`: what goes to a host, or comes from it, now reaches nobody. */
export function fakeSockets(
  clock: Clock,
  hooks: SocketHooks,
  latencyMs = 5,
  isLost: (host: string) => boolean = () => false,
): FakeSockets {
  const live = new Map<string, Connection>();
  const triesMs: number[] = [];
  const seen = {
    triesMs,
    opened: 0,
    refused: 0,
    throttled: 0,
    idle: 0,
    old: 0,
    messages: 0,
    mostOfOneHost: 0,
  };
  let reachable = true;
  let numbers = 0;
  const bucket = { tokens: SOCKET_LIMITS.newPerSecond as number, atMs: clock.now() };

  const admitted = (): boolean => {
    const { newPerSecond } = SOCKET_LIMITS;
    const grown = ((clock.now() - bucket.atMs) / 1000) * newPerSecond;
    bucket.tokens = Math.min(newPerSecond, bucket.tokens + grown);
    bucket.atMs = clock.now();
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };

  /** $disconnect is best effort and comes afterwards. */
  const drop = (one: Connection, why: string | undefined): void => {
    if (!live.delete(one.id)) return;
    void hooks.disconnect(one.id);
    if (why === undefined || one.dead || isLost(one.host)) return;
    void clock.sleep(latencyMs).then(() => one.events.onEnd(why));
  };

  /** Ends it when its time has come; looks again when it may have. */
  const watch = async (one: Connection): Promise<void> => {
    for (;;) {
      const idleAtMs = one.lastMs + SOCKET_LIMITS.idleMs;
      const oldAtMs = one.openedMs + SOCKET_LIMITS.lifeMs;
      await clock.sleep(Math.max(1, Math.min(idleAtMs, oldAtMs) - clock.now()));
      if (live.get(one.id) !== one) return;
      const old = clock.now() >= oldAtMs;
      if (!old && clock.now() < one.lastMs + SOCKET_LIMITS.idleMs) continue;
      seen[old ? 'old' : 'idle'] += 1;
      drop(one, old ? 'Going away' : 'idle');
      return;
    }
  };

  const deliver = async (one: Connection, text: string): Promise<void> => {
    await clock.sleep(latencyMs);
    if (!one.dead && live.get(one.id) === one && !isLost(one.host)) one.events.onText(text);
  };

  const receive = async (one: Connection, text: string): Promise<void> => {
    await clock.sleep(latencyMs);
    if (one.dead || live.get(one.id) !== one || isLost(one.host)) return;
    if (Buffer.byteLength(text) > SOCKET_LIMITS.frameBytes) {
      drop(one, 'frame too large');
      return;
    }
    one.lastMs = clock.now();
    seen.messages += 1;
    const reply = await hooks.message(one.id, text);
    if (reply !== undefined) await deliver(one, reply);
  };

  const open: OpenSocket = async (host, events) => {
    triesMs.push(clock.now());
    await clock.sleep(latencyMs);
    if (!reachable) throw new Error('no handshake (told so)');
    if (!admitted()) {
      seen.throttled += 1;
      throw new Error('the socket was refused: 429');
    }
    const id = `connection-${String((numbers += 1))}`;
    if (!(await hooks.connect(host, id))) {
      seen.refused += 1;
      throw new Error('the socket was refused: 403');
    }
    await clock.sleep(latencyMs);
    const nowMs = clock.now();
    const one: Connection = { id, host, events, openedMs: nowMs, lastMs: nowMs, dead: false };
    live.set(id, one);
    seen.opened += 1;
    const ofHost = [...live.values()].filter((each) => each.host === host).length;
    seen.mostOfOneHost = Math.max(seen.mostOfOneHost, ofHost);
    void watch(one);
    return { send: (text) => void receive(one, text), close: () => drop(one, undefined) };
  };

  return {
    open,
    post: async (connection, text) => {
      await clock.sleep(latencyMs);
      const one = live.get(connection);
      if (one === undefined) return false;
      one.lastMs = clock.now();
      void deliver(one, text);
      return true;
    },
    connections: () => [...live.values()].map(({ id, host }) => ({ id, host })),
    cutAll: (silently = false) => {
      for (const one of [...live.values()])
        if (silently) one.dead = true;
        else drop(one, 'cut (told so)');
    },
    setReachable: (next) => (reachable = next),
    seen,
  };
}

/**
 * The name server of the local cloud: what clients, hosts and containers ask.
 *
 * Job: answer from the zones as they are served now (INSYNC), authoritatively, over UDP and TCP; refuse every other
 *   name at once, so that a host's resolver never waits (an image pull would, for ten seconds).
 * In: addresses, a source of zones. Out: a log of the last questions and what was answered.
 * Fails: rejects when an address is taken. What is no DNS at all is dropped, what is malformed gets FORMERR.
 *
 * The dns2 library reads and writes packets (it compresses names, so 32 SRV fit into one datagram) and frames TCP.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { TCPServer, UDPServer } from 'dns2';
import type { Packet } from 'dns2';
import type { Ring } from '../ring.ts';
import { createRing } from '../ring.ts';
import type { Answer } from './answer.ts';
import { answerQuestion } from './answer.ts';
import { readQuery, TCP_BYTES, udpLimit, writeReply } from './packets.ts';
import type { ZoneSource } from './zone-source.ts';

export interface DnsAddress {
  readonly address: string;
  readonly port: number;
}

/** One question and what was said to it. */
export interface LoggedAnswer {
  readonly atMs: number;
  /** Normalized: lower case, trailing dot. */
  readonly name: string;
  readonly type: string;
  readonly code: Answer['code'] | 'SERVFAIL';
  /** The answer section's values, in the order given, for example `1 10 20001 h-a.shop.internal`. */
  readonly answers: readonly string[];
}

export interface DnsOptions {
  /** UDP and TCP on each. */
  readonly addresses: readonly DnsAddress[];
  readonly zones: ZoneSource;
  /** Milliseconds since 1970, for the log. */
  readonly now?: () => number;
}

export interface DnsServer {
  /** Oldest first. */
  log(): readonly LoggedAnswer[];
  close(): Promise<void>;
}

/** Questions that are remembered. */
export const ANSWERS_KEPT = 10_000;

/** @throws Error when one of the addresses is taken. */
export async function startDns({ addresses, zones, now = Date.now }: DnsOptions): Promise<DnsServer> {
  const log: Ring<LoggedAnswer> = createRing(ANSWERS_KEPT);
  let turn = 0;
  const reply = (query: Packet, limit: number): Buffer | undefined => {
    const reading = readQuery(query);
    if (reading === undefined) return undefined;
    if (reading.kind === 'refusal') return writeReply(query, reading, limit);
    const note = (code: LoggedAnswer['code'], answers: readonly string[]) => {
      log.add({ atMs: now(), ...reading.question, code, answers });
    };
    try {
      const answer = answerQuestion(zones(), reading.question, turn++);
      const bytes = writeReply(query, answer, limit);
      note(
        answer.code,
        answer.answers.map((record) => record.value),
      );
      return bytes;
    } catch (error) {
      // A fault of ours: the library would swallow it, and the client would wait in vain.
      note('SERVFAIL', [String(error)]);
      return writeReply(query, { code: 'SERVFAIL' }, limit);
    }
  };

  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    await Promise.all(closers.splice(0).map((closeOne) => closeOne()));
  };
  try {
    for (const at of addresses) {
      closers.push(await listenUdp(at, (query) => reply(query, udpLimit(query))));
      closers.push(await listenTcp(at, (query) => reply(query, TCP_BYTES)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { log: () => log.entries(), close };
}

type Responder = (query: Packet) => Buffer | undefined;

async function listenUdp({ address, port }: DnsAddress, respond: Responder): Promise<() => Promise<void>> {
  const server = new UDPServer();
  server.on('request', (query, send) => {
    const reply = respond(query);
    // A client that is gone is no failure of ours.
    if (reply !== undefined) send(reply).catch(() => undefined);
  });
  void server.listen(port, address);
  await once(server, 'listening');
  server.on('error', () => undefined);
  return async () => {
    const closed = once(server, 'close');
    server.close();
    await closed;
  };
}

async function listenTcp({ address, port }: DnsAddress, respond: Responder): Promise<() => Promise<void>> {
  const server = new TCPServer();
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (query, send) => {
    const reply = respond(query);
    if (reply !== undefined) void send(reply);
  });
  server.listen(port, address);
  await once(server, 'listening');
  return async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
}

/**
 * The name server of the local cloud: what clients, hosts and containers ask.
 *
 * Job: answer from the zones as they are served now (INSYNC), authoritatively, over UDP and TCP; refuse every other
 *   name at once, so that a host's resolver never waits (an image pull would, for ten seconds).
 * In: addresses, a source of zones. Out: a log of the last questions and what was answered.
 * Fails: rejects when an address is taken. What is no DNS at all is dropped, what is malformed gets FORMERR.
 *
 * The dns2 library reads and writes packets: it compresses names, so 32 SRV and their addresses fit into one datagram.
 */
import type { Packet } from 'dns2';
import type { Ring } from '../ring.ts';
import { createRing } from '../ring.ts';
import type { Answer } from './answer.ts';
import { answerQuestion } from './answer.ts';
import { bareReply, readPacket, readQuery, TCP_BYTES, udpLimit, writeReply } from './packets.ts';
import type { Close, DnsAddress } from './transports.ts';
import { listenTcp, listenUdp } from './transports.ts';
import type { ZoneSource } from './zone-source.ts';

export type { DnsAddress } from './transports.ts';

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
  const reply = (query: Packet, limit: number): Buffer => {
    const reading = readQuery(query);
    if (reading.kind === 'refusal') return writeReply(query, reading, limit);
    const answer = answerQuestion(zones(), reading.question, turn++);
    const answers = answer.answers.map((record) => record.value);
    log.add({ atMs: now(), ...reading.question, code: answer.code, answers });
    return writeReply(query, answer, limit);
  };
  const respond = (bytes: Buffer, limitOf: (query: Packet) => number): Buffer | undefined => {
    try {
      const read = readPacket(bytes);
      if (read === undefined) return undefined;
      return 'malformed' in read ? read.malformed : reply(read.query, limitOf(read.query));
    } catch (error) {
      // A fault of ours must neither end the local cloud nor leave the client waiting; the log says what it was.
      log.add({ atMs: now(), name: '', type: '', code: 'SERVFAIL', answers: [String(error)] });
      return bareReply(bytes, 'SERVFAIL');
    }
  };

  const closers: Close[] = [];
  const close = async () => {
    await Promise.all(closers.splice(0).map((closeOne) => closeOne()));
  };
  try {
    for (const at of addresses) {
      closers.push(await listenUdp(at, (bytes) => respond(bytes, udpLimit)));
      closers.push(await listenTcp(at, (bytes) => respond(bytes, () => TCP_BYTES)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { log: () => log.entries(), close };
}

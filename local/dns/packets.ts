/** Between records in zone-file form and packets of the dns2 library, with the size of a reply minded. */
import { Packet } from 'dns2';
import type { Resource, Writer } from 'dns2';
import { nameFromPacket, unescapeName } from '../route53/model/records/names.ts';
import { parseCharacterStrings } from '../route53/model/records/values.ts';
import type { Answer, Question, ServedRecord } from './answer.ts';

/** Bytes of a reply over UDP without EDNS (RFC 1035), with it at most what Route 53 sends, and over TCP. */
const UDP_BYTES = 512;
const EDNS_BYTES_MAX = 4096;
export const TCP_BYTES = 65_535;

const CODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const TYPE_NAMES = new Map<number, string>(Object.entries(Packet.TYPE).map(([name, code]) => [code, name]));

/** Longer than any query, with every option; a reply may be longer. */
const QUERY_BYTES_MAX = 4096;
/** Records in a query: one question; NOTIFY and the like have one record more, signatures and options come last. */
const COUNTS_MAX = [1, 1, 1, 4] as const;
const HEADER_BYTES = 12;

/**
 * A packet, read; `malformed` with the reply to give; undefined when it is no query and gets no reply. The header's
 * counts are looked at first: the library believes them, and would try to read as many records as they promise.
 */
export function readPacket(
  bytes: Buffer,
): { readonly query: Packet } | { readonly malformed: Buffer } | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt8(2) >= 0x80) return undefined;
  const counts = [4, 6, 8, 10].map((offset) => bytes.readUInt16BE(offset));
  const isPlausible = counts.every((count, section) => count <= (COUNTS_MAX[section] ?? 0));
  if (!isPlausible || bytes.length > QUERY_BYTES_MAX) return { malformed: bareReply(bytes, 'FORMERR') };
  return { query: Packet.parse(bytes) };
}

/** A reply that is nothing but a header: to a packet that cannot be read, or be answered. */
export function bareReply(query: Buffer, code: keyof typeof CODES): Buffer {
  const reply = Buffer.alloc(HEADER_BYTES);
  query.copy(reply, 0, 0, 2);
  reply.writeUInt8(0x80, 2);
  reply.writeUInt8(CODES[code], 3);
  return reply;
}

/** What a query asks, or the code to refuse it with. */
export type Reading =
  | { readonly kind: 'question'; readonly question: Question }
  | { readonly kind: 'refusal'; readonly code: 'FORMERR' | 'NOTIMP' | 'REFUSED' };

export function readQuery(query: Packet): Reading {
  const [asked, ...more] = query.questions;
  if (query.header.opcode !== 0) return { kind: 'refusal', code: 'NOTIMP' };
  if (asked === undefined || more.length > 0) return { kind: 'refusal', code: 'FORMERR' };
  const name = nameFromPacket(asked.name);
  const isInternet = asked.class === Packet.CLASS.IN || asked.class === Packet.CLASS.ANY;
  // Zone transfers are refused like names of other zones, and names that no zone can hold.
  if (name === undefined || !isInternet || asked.type === Packet.TYPE.AXFR)
    return { kind: 'refusal', code: 'REFUSED' };
  return { kind: 'question', question: { name, type: TYPE_NAMES.get(asked.type) ?? `TYPE${asked.type}` } };
}

/** The bytes that a client who asked over UDP is ready to take. */
export function udpLimit(query: Packet): number {
  const size = query.additionals.find((record) => record.type === Packet.TYPE.EDNS)?.class ?? 0;
  return Math.min(Math.max(size, UDP_BYTES), EDNS_BYTES_MAX);
}

/**
 * The reply as bytes, at most `limit` of them. What does not fit loses the additional section first, which is only a
 * courtesy; then everything but the question, with the truncation bit, so that the client asks again over TCP.
 */
export function writeReply(
  query: Packet,
  answer: Answer | { readonly code: keyof typeof CODES },
  limit: number,
): Buffer {
  const full = { answers: [], authorities: [], additionals: [], ...answer };
  const attempts = [full, { ...full, additionals: [] }].map((parts) => () => encode(query, parts, false));
  attempts.push(() => encode(query, { ...full, answers: [], authorities: [], additionals: [] }, true));
  let reply: Buffer = Buffer.alloc(0);
  for (const attempt of attempts) {
    reply = attempt();
    if (reply.length <= limit) break;
  }
  return reply;
}

type Parts = Omit<Answer, 'code'> & { readonly code: keyof typeof CODES };

function encode(query: Packet, parts: Parts, truncated: boolean): Buffer {
  const reply = Packet.createResponseFromRequest(query);
  reply.header.rcode = CODES[parts.code];
  reply.header.aa = parts.code === 'NOERROR' || parts.code === 'NXDOMAIN' ? 1 : 0;
  reply.header.tc = truncated ? 1 : 0;
  reply.answers = parts.answers.map(toResource);
  reply.authorities = parts.authorities.map(toResource);
  reply.additionals = parts.additionals.map(toResource);
  const asksWithEdns = query.additionals.some((record) => record.type === Packet.TYPE.EDNS);
  if (asksWithEdns) reply.additionals.push(Packet.Resource.EDNS([]));
  const writer = new OnceWriter();
  // The types leave out that a writer can be handed in.
  (reply as { toBuffer(writer: Writer): Buffer }).toBuffer(writer);
  return writer.finish();
}

/**
 * The target of an SRV record is never compressed (RFC 2782), and c-ares, which is Node's resolver, takes a reply where
 * it is for a bad one. The library compresses it as any name, unless that is written by itself.
 */
interface Srv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}
interface SrvEncoder {
  encode(record: Srv, writer: Writer): void;
}
(Packet.Resource as unknown as { SRV: SrvEncoder }).SRV.encode = (record, writer) => {
  for (const number of [record.priority, record.weight, record.port]) writer.write(number, 16);
  for (const byte of Packet.Name.encode(record.target)) writer.write(byte, 8);
};

/** The library makes a whole buffer after each record, which takes seconds for hundreds of them; this one waits. */
class OnceWriter extends Packet.Writer {
  override toBuffer(): Buffer {
    return Buffer.alloc(0);
  }

  finish(): Buffer {
    return super.toBuffer();
  }
}

function toResource({ name, type, ttl, value }: ServedRecord): Resource {
  const code = Packet.TYPE[type as keyof typeof Packet.TYPE];
  const rdata = RDATA[type as keyof typeof RDATA](value);
  return new Packet.Resource({ ...rdata, name: unescapeName(name), type: code, class: Packet.CLASS.IN, ttl });
}

/** Values were checked when they were written: their form is taken as given. */
const RDATA = {
  A: (value: string) => ({ address: value }),
  // The library writes only plain hexadecimal groups; the URL parser turns every other spelling into them.
  AAAA: (value: string) => ({ address: new URL(`http://[${value}]`).hostname.slice(1, -1) }),
  CNAME: (value: string) => ({ domain: unescapeName(value) }),
  NS: (value: string) => ({ ns: unescapeName(value) }),
  TXT: (value: string) => ({ data: (parseCharacterStrings(value) ?? []) as unknown as string[] }),
  SRV(value: string) {
    const [priority, weight, port, target = ''] = value.split(' ');
    return {
      priority: Number(priority),
      weight: Number(weight),
      port: Number(port),
      target: unescapeName(target),
    };
  },
  SOA(value: string) {
    const [primary = '', admin = '', ...numbers] = value.split(' ');
    const [serial = 0, refresh = 0, retry = 0, expiration = 0, minimum = 0] = numbers.map(Number);
    return {
      primary: unescapeName(primary),
      admin: unescapeName(admin),
      serial,
      refresh,
      retry,
      expiration,
      minimum,
    };
  },
} as const;

/** What may come over the doorbell, read strictly: it is the one thing that others push at this host unasked. */
import type { HelloReply, Ring } from '../../contract/doorbell-protocol.ts';
import { boolean, integer, object, type Reader } from './read-value.ts';

/** As in the contract; a test compares them. */
export const MESSAGE_MAX_BYTES = 256;

export const readRing: Reader<Ring> = object({ generation: integer(0) });
export const readHelloReply: Reader<HelloReply> = object({ known: boolean });

export type Message =
  | ({ readonly kind: 'ring' } & Ring)
  | ({ readonly kind: 'hello-reply' } & HelloReply)
  | { readonly kind: 'unknown' };

/** Never throws: what is neither of the two messages is `unknown`, and nothing comes of it. */
export function readMessage(text: string): Message {
  const unknown = { kind: 'unknown' } as const;
  if (Buffer.byteLength(text) > MESSAGE_MAX_BYTES) return unknown;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return unknown;
    if ('generation' in value) return { kind: 'ring', ...readRing(value, 'ring') };
    return { kind: 'hello-reply', ...readHelloReply(value, 'reply') };
  } catch {
    return unknown;
  }
}

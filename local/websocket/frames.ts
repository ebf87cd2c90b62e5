/**
 * WebSocket frames as API Gateway reads and writes them: RFC 6455 from the server's side, 32 KB a frame, 128 KB a
 * message (API Gateway quotas for WebSocket APIs), no extensions.
 */
export const FRAME_MAX_BYTES = 32 * 1024;
export const MESSAGE_MAX_BYTES = 128 * 1024;

const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10] as const;

export type Received =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'ping'; readonly payload: Buffer }
  | { readonly kind: 'close'; readonly code: number }
  /** The connection is to be closed with this code. */
  | { readonly kind: 'fault'; readonly code: number; readonly why: string };

const frame = (opcode: number, payload: Buffer): Buffer => {
  const size = payload.length;
  const head = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (size < 126) head[1] = size;
  else if (size < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(size, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(size), 2);
  }
  return Buffer.concat([head, payload]);
};

export const textFrame = (text: string): Buffer => frame(TEXT, Buffer.from(text));
export const pongFrame = (payload: Buffer): Buffer => frame(PONG, payload);
export function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return frame(CLOSE, payload);
}

/** Takes bytes in any portions; gives what is complete. After a close or a fault nothing more is read. */
export function createReceiver(): (bytes: Buffer) => readonly Received[] {
  let buffered: Buffer = Buffer.alloc(0);
  let parts: Buffer[] = [];
  let open = false;
  let over = false;
  const fault = (code: number, why: string): Received => ({ kind: 'fault', code, why });

  const take = (last: boolean, opcode: number, payload: Buffer): Received | undefined => {
    if (opcode >= CLOSE) {
      if (!last || payload.length > 125) return fault(1002, 'a control frame in parts, or too long');
      if (opcode === PING) return { kind: 'ping', payload: Buffer.from(payload) };
      if (opcode === CLOSE)
        return { kind: 'close', code: payload.length < 2 ? 1005 : payload.readUInt16BE() };
      return opcode === PONG ? undefined : fault(1002, 'an unknown control frame');
    }
    if (opcode === BINARY) return fault(1003, 'binary messages are not supported');
    if (opcode > BINARY || (opcode === CONTINUATION) !== open) return fault(1002, 'frames out of order');
    parts.push(payload);
    open = !last;
    if (parts.reduce((sum, part) => sum + part.length, 0) > MESSAGE_MAX_BYTES)
      return fault(1009, 'the message is larger than 128 KB');
    if (!last) return undefined;
    const text = Buffer.concat(parts).toString('utf8');
    parts = [];
    return { kind: 'message', text };
  };

  return (bytes) => {
    const found: Received[] = [];
    buffered = Buffer.concat([buffered, bytes]);
    while (!over) {
      const next = readFrame(buffered);
      if (next === undefined) break;
      const received = typeof next === 'string' ? fault(1002, next) : undefined;
      const large = typeof next !== 'string' && next.size > FRAME_MAX_BYTES;
      if (typeof next !== 'string' && !large && next.payload === undefined) break;
      const taken =
        received ??
        (large ? fault(1009, 'the frame is larger than 32 KB') : undefined) ??
        (typeof next !== 'string' && next.payload !== undefined
          ? take(next.last, next.opcode, next.payload)
          : undefined);
      if (typeof next !== 'string') buffered = next.rest;
      if (taken === undefined) continue;
      found.push(taken);
      over = taken.kind === 'close' || taken.kind === 'fault';
    }
    return found;
  };
}

interface Frame {
  readonly last: boolean;
  readonly opcode: number;
  readonly size: number;
  /** Undefined while it is not there as a whole. */
  readonly payload: Buffer | undefined;
  readonly rest: Buffer;
}

/** Undefined: its head is not there yet. A string says what is wrong. */
function readFrame(bytes: Buffer): Frame | string | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  if ((first & 0x70) !== 0) return 'reserved bits are set';
  if ((second & 0x80) === 0) return 'a client masks its frames';
  const short = second & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start + 4) return undefined;
  const size =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  const head = { last: (first & 0x80) !== 0, opcode: first & 0x0f, size };
  const end = start + 4 + size;
  if (bytes.length < end) return { ...head, payload: undefined, rest: bytes };
  const mask = bytes.subarray(start, start + 4);
  const payload = Buffer.from(bytes.subarray(start + 4, end)).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return { ...head, payload: Buffer.from(payload), rest: bytes.subarray(end) };
}

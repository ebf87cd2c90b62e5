/**
 * WebSocket frames as a client writes and reads them (RFC 6455, sections 5.2 to 5.6), without extensions.
 *
 * In: bytes as they come, in any portions. Out: whole text messages, pings, the close frame.
 * Fails: `onFault` once, for what no server may send here (masked or binary frames, reserved bits, fragments out of
 *   order, text that is no UTF-8) and for messages longer than `maxBytes`; nothing is read after that.
 */
import { randomBytes } from 'node:crypto';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A whole message in one frame; what a client sends is masked. Payloads up to 65,535 bytes. */
export function encodeFrame(opcode: number, payload: Buffer, mask = randomBytes(4)): Buffer {
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 4 : 2);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (long ? 126 : payload.length);
  if (long) head.writeUInt16BE(payload.length, 2);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([head, mask, masked]);
}

export interface FrameEvents {
  readonly onText: (text: string) => void;
  readonly onPing: (payload: Buffer) => void;
  readonly onClose: (code: number | undefined) => void;
  readonly onFault: (why: string) => void;
}

interface Frame {
  readonly last: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

const CONTROL_MAX_BYTES = 125;

/** Takes the next bytes. */
export function createFrameReader(maxBytes: number, events: FrameEvents): (bytes: Buffer) => void {
  let buffered: Buffer = Buffer.alloc(0);
  let parts: Buffer[] | undefined;
  let over = false;

  const fault = (why: string): void => {
    over = true;
    buffered = Buffer.alloc(0);
    events.onFault(why);
  };

  const control = ({ last, opcode, payload }: Frame): void => {
    if (!last || payload.length > CONTROL_MAX_BYTES) {
      fault('a control frame in parts, or too long');
      return;
    }
    if (opcode === OPCODE.ping) {
      events.onPing(payload);
      return;
    }
    if (opcode === OPCODE.pong) return;
    if (opcode !== OPCODE.close) {
      fault(`a frame of the unknown kind ${opcode}`);
      return;
    }
    over = true;
    events.onClose(payload.length >= 2 ? payload.readUInt16BE(0) : undefined);
  };

  const data = ({ last, opcode, payload }: Frame): void => {
    if (opcode === OPCODE.binary) {
      fault('a binary message');
      return;
    }
    if (opcode !== OPCODE.text && opcode !== OPCODE.continuation) {
      fault(`a frame of the unknown kind ${opcode}`);
      return;
    }
    if ((opcode === OPCODE.continuation) !== (parts !== undefined)) {
      fault('fragments out of order');
      return;
    }
    parts = [...(parts ?? []), payload];
    if (parts.reduce((sum, part) => sum + part.length, 0) > maxBytes) {
      fault(`a message of more than ${maxBytes} bytes`);
      return;
    }
    if (!last) return;
    const whole = Buffer.concat(parts);
    parts = undefined;
    const text = utf8(whole);
    if (text === undefined) fault('text that is no UTF-8');
    else events.onText(text);
  };

  return (bytes) => {
    if (over) return;
    buffered = Buffer.concat([buffered, bytes]);
    while (!over) {
      const found = takeFrame(buffered, maxBytes);
      if (found === undefined) return;
      if (typeof found === 'string') {
        fault(found);
        return;
      }
      buffered = found.rest;
      if (found.frame.opcode >= OPCODE.close) control(found.frame);
      else data(found.frame);
    }
  };
}

/** The first frame; undefined while it is not there as a whole; a string says why it is none. */
function takeFrame(bytes: Buffer, maxBytes: number): { frame: Frame; rest: Buffer } | string | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  if ((first & 0x70) !== 0) return 'reserved bits are set, though no extension was agreed on';
  if ((second & 0x80) !== 0) return 'a masked frame of a server';
  const short = second & 0x7f;
  if (short === 127) return `a message of more than ${maxBytes} bytes`;
  const start = short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  if (length > Math.max(maxBytes, CONTROL_MAX_BYTES)) return `a message of more than ${maxBytes} bytes`;
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length);
  const frame = { last: (first & 0x80) !== 0, opcode: first & 0x0f, payload };
  return { frame, rest: bytes.subarray(start + length) };
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

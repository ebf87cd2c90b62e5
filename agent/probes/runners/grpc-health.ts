/**
 * The two messages of grpc.health.v1, by hand: `HealthCheckRequest { string service = 1; }` and
 * `HealthCheckResponse { ServingStatus status = 1; }`, each in gRPC's frame of a flag and a length.
 */
const STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
export type ServingStatus = (typeof STATUS)[number];

const FRAME_BYTES = 5;

export function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  // Protobuf leaves out a field with its default value.
  const message =
    name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const frame = Buffer.alloc(FRAME_BYTES);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** Undefined: no whole, uncompressed reply, or one with a status that there is not. */
export function readReply(body: Buffer): ServingStatus | undefined {
  if (body.length < FRAME_BYTES || body[0] !== 0) return undefined;
  const length = body.readUInt32BE(1);
  if (body.length !== FRAME_BYTES + length) return undefined;
  const status = readStatus(body.subarray(FRAME_BYTES));
  return status === undefined ? undefined : STATUS[status];
}

/** The value of field 1, other fields passed over; 0 when it is not there. */
function readStatus(message: Buffer): number | undefined {
  let status = 0;
  let at = 0;
  const next = (): number | undefined => {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < message.length) {
    const tag = next();
    if (tag === undefined) return undefined;
    const size = { 0: 0, 1: 8, 2: -1, 5: 4 }[tag & 7];
    if (size === undefined) return undefined;
    const value = size > 0 ? size : next();
    if (value === undefined) return undefined;
    if (tag === 0x08) status = value;
    if (size !== 0) at += value;
  }
  return at === message.length ? status : undefined;
}

/**
 * A command inside a container, through Docker's exec calls: create, start with its output attached, ask how it ended.
 *
 * Out: exit code and the head of the output. Docker offers no way to end a command: one that is still running when the
 *   time is over is left alone, and named, so that its caller can wait for its end before it starts another.
 * Fails: `EngineError`, as every call of the engine.
 */
import { EngineError, type ExecResult } from './engine.ts';
import { number, object, text } from './read.ts';
import { errorMessage, parse, type SocketClient } from './socket-client.ts';

export interface ExecWish {
  readonly id: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/** Deadline of the calls around the command itself. */
const ASK_MS = 10_000;
/** Of the output, in bytes. */
const HEAD = 2048;

export async function execIn(client: SocketClient, prefix: string, wish: ExecWish): Promise<ExecResult> {
  const made = await client.call({
    method: 'POST',
    path: `${prefix}/containers/${wish.id}/exec`,
    body: { Cmd: wish.command, AttachStdout: true, AttachStderr: true },
    timeoutMs: ASK_MS,
  });
  if (made.status !== 201) throw refusal(made.status, errorMessage(made.body));
  const exec = text(object(made.body).Id);
  const begun = await client.head(
    {
      method: 'POST',
      path: `${prefix}/exec/${exec}/start`,
      body: { Detach: false, Tty: false },
      timeoutMs: wish.timeoutMs,
    },
    HEAD,
  );
  if (begun.status >= 400) throw refusal(begun.status, errorMessage(parse(begun.bytes.toString('utf8'))));
  const now = await look(client, prefix, exec);
  if (now === undefined) return { kind: 'ended', exitCode: -1, output: 'the container ended meanwhile' };
  if (now.running) return { kind: 'running', exec };
  return { kind: 'ended', exitCode: now.exitCode, output: demultiplexed(begun.bytes) };
}

export async function execRuns(client: SocketClient, prefix: string, exec: string): Promise<boolean> {
  return (await look(client, prefix, exec))?.running ?? false;
}

async function look(
  client: SocketClient,
  prefix: string,
  exec: string,
): Promise<{ running: boolean; exitCode: number } | undefined> {
  const reply = await client.call({ method: 'GET', path: `${prefix}/exec/${exec}/json`, timeoutMs: ASK_MS });
  if (reply.status === 404) return undefined;
  if (reply.status !== 200) throw refusal(reply.status, errorMessage(reply.body));
  const { Running, ExitCode } = object(reply.body);
  return { running: Running === true, exitCode: number(ExitCode) };
}

function refusal(status: number, message: string): EngineError {
  if (status === 404 && /no such container/i.test(message)) return new EngineError('not-found', message);
  if (status === 409) return new EngineError('not-running', message);
  return new EngineError('refused', message);
}

/** Without a terminal Docker puts 8 bytes before each piece: stream, three zeros, length. A cut piece counts as it is. */
export function demultiplexed(bytes: Buffer): string {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at + 8 <= bytes.length && (bytes[at] ?? 3) <= 2 && bytes.readUIntBE(at + 1, 3) === 0) {
    const length = bytes.readUInt32BE(at + 4);
    pieces.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  // Docker's own words ("executable file not found") come without a frame.
  if (at < bytes.length) pieces.push(bytes.subarray(at));
  return Buffer.concat(pieces).toString('utf8');
}

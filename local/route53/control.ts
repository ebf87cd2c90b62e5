/**
 * The control path: `/_berth/route53/...`, for tests, on loopback only. Bodies and answers are JSON.
 *
 *     POST delay {ms}            time to INSYNC of changes from now on      POST pause {accessKeyId?}   hold the next change
 *     POST processing {ms}       time a zone is busy with a batch           GET  held                   calls that wait
 *     POST fail {action?, code, message?, status?, times?}                  POST resume                 let them go
 *     POST lose-reply {action?}  the next call takes effect unheard         GET  calls                  what was called
 *     POST throttle {calls}      the next so many calls are throttled       POST refresh                look for zones now
 */
import type { Hold } from './hold.ts';
import type { Faults } from './model/faults.ts';

export const CONTROL_PREFIX = '/_berth/route53/';

export interface Controlled {
  readonly faults: Faults;
  readonly hold: Hold;
  readonly calls: () => readonly unknown[];
  readonly refresh: () => Promise<void>;
}

/** A command that does not exist, or lacks something. */
export class ControlError extends Error {}

type Command = (target: Controlled, body: Readonly<Record<string, unknown>>) => unknown;

const COMMANDS: Readonly<Record<string, Command>> = {
  'POST delay': ({ faults }, body) => ({ ms: (faults.propagationMs = number(body, 'ms')) }),
  'POST processing': ({ faults }, body) => ({ ms: (faults.processingMs = number(body, 'ms')) }),
  'POST fail': ({ faults }, body) =>
    faults.failNext({
      code: text(body, 'code') ?? missing('code'),
      ...maybe('action', text(body, 'action')),
      ...maybe('message', text(body, 'message')),
      ...maybe('status', body['status'] === undefined ? undefined : number(body, 'status')),
      ...maybe('times', body['times'] === undefined ? undefined : number(body, 'times')),
    }),
  'POST lose-reply': ({ faults }, body) => faults.loseReplyNext(text(body, 'action')),
  'POST throttle': ({ faults }, body) => faults.throttleNext(number(body, 'calls')),
  'POST pause': ({ hold }, body) => hold.pauseNext(text(body, 'accessKeyId')),
  'POST resume': ({ hold }) => ({ resumed: hold.resume() }),
  'POST refresh': ({ refresh }) => refresh(),
  'GET held': ({ hold }) => hold.held(),
  'GET calls': ({ calls }) => calls(),
};

/** Runs a command, for example `POST delay`. Returns what to answer. @throws ControlError */
export async function control(target: Controlled, command: string, body: string): Promise<unknown> {
  const run = COMMANDS[command];
  if (run === undefined)
    throw new ControlError(`no such command; there are: ${Object.keys(COMMANDS).join(', ')}`);
  return (await run(target, body === '' ? {} : parseBody(body))) ?? {};
}

function parseBody(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // the message below says it
  }
  throw new ControlError('the body must be a JSON object');
}

function missing(name: string): never {
  throw new ControlError(`"${name}" is missing`);
}

function number(body: Readonly<Record<string, unknown>>, name: string): number {
  const value = body[name];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new ControlError(`"${name}" must be a number from 0 up`);
}

function text(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new ControlError(`"${name}" must be text`);
}

function maybe<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}

/**
 * The control path of the EC2 server, for tests, on loopback only: JSON in, JSON out, under `/_berth/ec2/`.
 *
 *     POST fail        {action, code, message?, status?, times?}   the next calls fail before they have an effect
 *     POST lose-reply  {action, times?}                            they take effect, then the connection is cut
 *     POST capacity    {instanceType, zone, remaining?, forMs}     a type is scarce in a zone
 *     POST hide        {instanceId, forMs}                         an instance is missing from every answer
 *     POST impair      {instanceId}                                its status checks fail from now on
 *     POST pages       {maximum, emptyFirst?}                      smaller pages than asked for
 *     POST timings     {pendingMs?, shuttingDownMs?, terminatedVisibleMs?, describeLagMs?}
 *     POST announce    {instanceId, notice}                        EC2 will take it (interruption), or advises to leave (rebalance)
 *     POST clear       {}                                          takes all faults back; timings stay
 *     GET  calls                                                   who called what, oldest first
 *     GET  instances                                               id, state, address, zone, type, token, tags
 */
import * as z from 'zod';
import { tagsOf } from './model/instance.ts';
import type { Ec2Service } from './service.ts';

/** A command that does not exist, or a body that does not fit; the message says what is wrong. */
export class ControlError extends Error {}

const ms = z.number().nonnegative();
const times = z.int().positive().optional();

const fail = z.strictObject({
  action: z.string(),
  code: z.string(),
  message: z.string().optional(),
  status: z.int().min(400).max(599).optional(),
  times,
});
const loseReply = z.strictObject({ action: z.string(), times });
const capacity = z.strictObject({
  instanceType: z.string(),
  zone: z.string(),
  remaining: z.int().nonnegative().optional(),
  forMs: ms,
});
const announce = z.strictObject({ instanceId: z.string(), notice: z.enum(['interruption', 'rebalance']) });
const hide = z.strictObject({ instanceId: z.string(), forMs: ms });
const impair = z.strictObject({ instanceId: z.string() });
const pages = z.strictObject({ maximum: z.int().positive(), emptyFirst: z.boolean().optional() });
const timings = z.strictObject({
  pendingMs: ms.optional(),
  shuttingDownMs: ms.optional(),
  terminatedVisibleMs: ms.optional(),
  describeLagMs: ms.optional(),
});

/** @param command for example `POST fail`. @throws ControlError */
export function control(service: Ec2Service, command: string, body: string): unknown {
  const { model, clock } = service;
  const read = <T>(schema: z.ZodType<T>): T => parse(schema, body);
  switch (command) {
    case 'POST fail': {
      const { action, ...failure } = read(fail);
      model.faults.failNext(action, failure);
      return {};
    }
    case 'POST lose-reply': {
      const asked = read(loseReply);
      model.faults.loseReply(asked.action, asked.times);
      return {};
    }
    case 'POST capacity': {
      const { forMs, ...shortage } = read(capacity);
      model.faults.setCapacity({ ...shortage, untilMs: clock.nowMs() + forMs });
      return {};
    }
    case 'POST hide': {
      const { instanceId, forMs } = read(hide);
      model.faults.hide(instanceId, clock.nowMs() + forMs);
      return {};
    }
    case 'POST impair':
      model.faults.impair(read(impair).instanceId);
      return {};
    case 'POST announce': {
      const { instanceId, notice } = read(announce);
      service.announce(instanceId, notice);
      return {};
    }
    case 'POST pages':
      model.faults.cutPages(read(pages));
      return {};
    case 'POST timings':
      model.setTimings(withoutUndefined(read(timings)));
      service.wake();
      return {};
    case 'POST clear':
      model.faults.clear();
      return {};
    case 'GET calls':
      return model.calls.entries();
    case 'GET instances':
      return model.instances().map((instance) => ({
        id: instance.id,
        state: instance.state,
        address: instance.address,
        zone: instance.launch.subnet.zone,
        type: instance.launch.type.name,
        clientToken: instance.launch.clientToken,
        tags: Object.fromEntries(tagsOf(instance)),
      }));
    default:
      throw new ControlError(`there is no ${command}`);
  }
}

function parse<T>(schema: z.ZodType<T>, body: string): T {
  let value: unknown;
  try {
    value = JSON.parse(body === '' ? '{}' : body);
  } catch (error) {
    throw new ControlError(`the body is no JSON: ${String(error)}`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ControlError(z.prettifyError(parsed.error));
  return parsed.data;
}

function withoutUndefined<T extends object>(value: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}

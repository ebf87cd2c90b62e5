/**
 * Wakes of the register and provision loops: an asynchronous invocation each (accepted means queued; Lambda does not retry
 * them, the tick heals a lost one). `functions` names the ones that this process may invoke; the result has just those.
 */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { ForbiddenError, ThrottledError, UnavailableError } from '../../usecases/errors.ts';
import type { Wakes } from '../../usecases/ports.ts';
import { isRefusal, isThrottle, isUnavailable, sdkError } from '../sdk-error.ts';
import type { WakeBody } from '../wake-body.ts';

export type InvokedLoop = 'register' | 'provision';

export interface InvokedWakesOptions<Loop extends InvokedLoop> {
  readonly client: LambdaClient;
  /** Function names by loop. */
  readonly functions: Readonly<Record<Loop, string>>;
  readonly clock: { nowMs(): number };
  /** Asked at each invocation: how many passes woke each other so far. */
  readonly hop?: () => number | undefined;
}

export const lambdaWakes = <Loop extends InvokedLoop>(
  options: InvokedWakesOptions<Loop>,
): Pick<Wakes, Loop> => {
  const wakes = Object.entries<string>(options.functions).map(([loop, functionName]) => [
    loop,
    (why: string) => invoke(options, functionName, why),
  ]);
  return Object.fromEntries(wakes) as Pick<Wakes, Loop>;
};

const invoke = async (
  { client, clock, hop }: Omit<InvokedWakesOptions<never>, 'functions'>,
  functionName: string,
  why: string,
): Promise<void> => {
  const hops = hop?.();
  const body: WakeBody = { why, sentAtMs: clock.nowMs(), ...(hops === undefined ? {} : { hop: hops }) };
  const command = new InvokeCommand({
    FunctionName: functionName,
    InvocationType: 'Event',
    Payload: JSON.stringify(body),
  });
  try {
    await client.send(command);
  } catch (error) {
    throw classifyError(error, functionName);
  }
};

export const classifyError = (thrown: unknown, functionName: string): unknown => {
  const { code, message } = sdkError(thrown);
  if (isThrottle(code)) return new ThrottledError(`Lambda throttles ${functionName}`, { cause: thrown });
  if (isRefusal(code))
    return new ForbiddenError(`Lambda refuses ${functionName}: ${message}`, { cause: thrown });
  if (isUnavailable(thrown))
    return new UnavailableError(`Lambda does not answer for ${functionName} (${code})`, { cause: thrown });
  return thrown;
};

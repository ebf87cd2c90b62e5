/** The wakes that a function may send, from its environment. */
import { lambdaClient } from '../../adapters/lambda/client.ts';
import { lambdaWakes, type InvokedLoop } from '../../adapters/lambda/invoked-wakes.ts';
import { sqsClient } from '../../adapters/sqs/client.ts';
import { sqsReconcileWake, sqsTicks } from '../../adapters/sqs/queue-wakes.ts';
import { systemClock } from '../../platform/clock.ts';
import { braked, countHops, type Hops } from './hops.ts';
import type { Wakes } from '../../usecases/ports.ts';

export const reconcileWake = (queueUrl: string, hops: Hops = countHops()): Pick<Wakes, 'reconcile'> =>
  braked(sqsReconcileWake({ client: sqsClient(), queueUrl, clock: systemClock, hop: hops.next }), hops);

export const delayedTicks = (queueUrl: string): Pick<Wakes, 'tick'> =>
  sqsTicks({ client: sqsClient(), queueUrl, clock: systemClock });

export const invokedWakes = <Loop extends InvokedLoop>(
  functions: Readonly<Record<Loop, string>>,
  hops: Hops = countHops(),
): Pick<Wakes, Loop> =>
  braked(lambdaWakes({ client: lambdaClient(), functions, clock: systemClock, hop: hops.next }), hops);

/** What a case of the launcher's suite gets, and the few things that all cases do with it. */
import type { LaunchParameters } from '../../../functions/core/model/host.ts';
import { hostId } from '../../../functions/core/model/ids.ts';
import type { HostLauncher, LaunchOutcome } from '../../../functions/usecases/ports.ts';
import type { Ec2Model } from '../../../local/ec2/model/ec2.ts';
import type { FakeClock } from '../../support/fake-clock.ts';

export interface Subject {
  readonly launcher: HostLauncher;
  launcherOf(cluster: string): HostLauncher;
  readonly clock: FakeClock;
  readonly model: Ec2Model;
}

export const HOST = hostId('h-aaaaaaaaaa');
export const TYPE = 't3.small';
export const TIMINGS = { pendingMs: 1_000, shuttingDownMs: 2_000, describeLagMs: 3_000 };
export const VCPU_LIMIT = 20;
/** How often the SDK asks when the answer is an error that may pass; the model in memory is asked once. */
export const ATTEMPTS = 2;

/** One host of TYPE, in the first zone, else in the second. */
export const parametersOf = async (
  { launcher }: Subject,
  over: Partial<LaunchParameters> = {},
): Promise<LaunchParameters> => {
  const template = await launcher.launchTemplate('x86_64');
  const subnets = await launcher.subnets();
  const offerings = subnets.map(({ id, zone }) => ({ instanceType: TYPE, subnetId: id, zone }));
  return {
    ...template,
    subnetId: offerings[0]!.subnetId,
    architecture: 'x86_64',
    instanceType: TYPE,
    clientToken: 'token-1',
    batch: 'b-1',
    size: 1,
    offerings,
    ...over,
  };
};
export const answered = (outcome: LaunchOutcome) => {
  if (outcome.kind !== 'answered') throw new Error(`${outcome.kind}: ${outcome.message}`);
  return outcome;
};
/** The one instance that was launched, in the first place and without a failure. */
export const launched = (outcome: LaunchOutcome) => {
  const { instances, failures } = answered(outcome);
  if (instances.length !== 1 || failures.length > 0) throw new Error(JSON.stringify(outcome));
  return instances[0]!;
};
export const later = ({ clock }: Subject, ms = 10_000): void => clock.set(clock.nowMs() + ms);

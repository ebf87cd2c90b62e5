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
export const OTHER = hostId('h-bbbbbbbbbb');
export const TYPE = 't3.small';
export const TIMINGS = { pendingMs: 1_000, shuttingDownMs: 2_000, describeLagMs: 3_000 };
export const VCPU_LIMIT = 20;
/** How often the SDK asks when the answer is an error that may pass; the model in memory is asked once. */
export const ATTEMPTS = 2;

export const parametersOf = async (
  { launcher }: Subject,
  over: Partial<LaunchParameters> = {},
): Promise<LaunchParameters> => {
  const { launchTemplateId, launchTemplateVersion, subnetIds } = await launcher.launchOptions('x86_64');
  return {
    launchTemplateId,
    launchTemplateVersion,
    subnetId: subnetIds[0]!,
    architecture: 'x86_64',
    instanceType: TYPE,
    clientToken: 'token-1',
    ...over,
  };
};
export const launched = (outcome: LaunchOutcome) => {
  if (outcome.kind !== 'launched') throw new Error(`${outcome.kind}: ${outcome.message}`);
  return outcome;
};
export const later = ({ clock }: Subject, ms = 10_000): void => clock.set(clock.nowMs() + ms);

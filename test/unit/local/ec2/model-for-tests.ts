/** A model with the contract suite's account, and a clock that a test moves. */
import { ACCOUNT, memoryAccount, REGION } from '../../../contract/ec2/account.ts';
import type { Account } from '../../../contract/ec2/account.ts';
import { launchInput, START_MS, TEST_TIMINGS } from '../../../contract/ec2/subject.ts';
import type { Ec2Model, Ec2Options } from '../../../../local/ec2/model/ec2.ts';
import { createEc2Model } from '../../../../local/ec2/model/ec2.ts';
import { createAddressPool } from '../../../../local/ec2/model/parts/address-pool.ts';
import type { RunInstancesRequest } from '@aws-sdk/client-ec2';

export interface ModelForTests {
  readonly model: Ec2Model;
  readonly clock: { nowMs: number };
  readonly account: Account;
  /** Launches and gives the ids. */
  readonly launch: (over?: Partial<RunInstancesRequest>) => readonly string[];
}

export function modelForTests(over: Partial<Ec2Options> = {}): ModelForTests {
  const clock = { nowMs: START_MS };
  const { account, catalog } = memoryAccount();
  const model = createEc2Model({
    clock: { nowMs: () => clock.nowMs },
    seed: 'unit',
    account: ACCOUNT,
    region: REGION,
    catalog,
    addresses: createAddressPool('10.77.9'),
    timings: TEST_TIMINGS,
    ...over,
  });
  return {
    model,
    clock,
    account,
    launch: (input) =>
      (model.call('RunInstances', launchInput(account, input)).Instances ?? []).map((one) => one.InstanceId!),
  };
}

/** The code of the refusal, or `ok`. */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return 'ok';
  } catch (error) {
    return (error as Error).name;
  }
}

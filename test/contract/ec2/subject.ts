/** What a case of the EC2 suite gets: a client, a clock that it moves, the faults, and the account's ids. */
import { RunInstancesCommand } from '@aws-sdk/client-ec2';
import type { EC2Client, Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { Ec2Model } from '../../../local/ec2/model/ec2.ts';
import type { Account } from './account.ts';

export interface Subject {
  readonly client: EC2Client;
  readonly clock: { nowMs: number };
  readonly model: Ec2Model;
  readonly account: Account;
}

/** A fixed moment with whole milliseconds. */
export const START_MS = Date.UTC(2026, 10, 22, 12);

/** What the model does in these tests; lag only where a case asks for it. */
export const TEST_TIMINGS = { pendingMs: 1000, shuttingDownMs: 2000, describeLagMs: 0 };

/** A launch of one instance in subnetA. */
export function launchInput(
  account: Account,
  over: Partial<RunInstancesCommandInput> = {},
): RunInstancesCommandInput {
  return {
    LaunchTemplate: { LaunchTemplateId: account.template, Version: '1' },
    SubnetId: account.subnetA,
    MinCount: 1,
    MaxCount: 1,
    ...over,
  };
}

/** Launches; one instance unless told. */
export async function launch(
  { client, account }: Subject,
  over: Partial<RunInstancesCommandInput> = {},
): Promise<readonly Instance[]> {
  return (await client.send(new RunInstancesCommand(launchInput(account, over)))).Instances ?? [];
}

export async function launchOne(
  subject: Subject,
  over: Partial<RunInstancesCommandInput> = {},
): Promise<Instance> {
  const [instance] = await launch(subject, over);
  return instance!;
}

/** `ok`, or the code of the refusal. */
export async function outcomeOf(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return 'ok';
  } catch (error) {
    return (error as Error).name;
  }
}

/** Who calls, and what they may do. */
import { Ec2Error } from '../errors.ts';
import type { PermissionCheck, PolicyDocument } from './policy.ts';
import { ADMINISTRATOR, evaluate } from './policy.ts';

export interface Caller {
  /** For example `arn:aws:sts::000000000000:assumed-role/ROLE/SESSION`. */
  readonly arn: string;
  /** Identity policies, all of them. */
  readonly policies: readonly PolicyDocument[];
}

/** The account's root user, who may do everything. */
export function rootOf(account: string): Caller {
  return { arn: `arn:aws:iam::${account}:root`, policies: [ADMINISTRATOR] };
}

/** @throws Ec2Error UnauthorizedOperation for the first check that is not allowed. */
export function authorize(caller: Caller, checks: readonly PermissionCheck[]): void {
  for (const check of checks) {
    const verdict = evaluate(caller.policies, check);
    if (verdict === 'allowed') continue;
    const why =
      verdict === 'explicit-deny'
        ? 'with an explicit deny in an identity-based policy'
        : `because no identity-based policy allows the ${check.action} action`;
    throw new Ec2Error(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. User: ${caller.arn} is not authorized to perform: ` +
        `${check.action} on resource: ${check.resource} ${why}.`,
      403,
    );
  }
}

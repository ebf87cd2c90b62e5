/** What each role grants, taken apart, and set against what was used. */
import type { Cloud } from '../../../../local/cloud.ts';
import { policiesOf } from '../../../../local/ec2/emulator/callers.ts';
import { createEmulatorClient } from '../../../../local/ec2/emulator/client.ts';
import { evaluate } from '../../../../local/ec2/model/checks/policy.ts';
import type { Statement } from '../../../../local/ec2/model/checks/policy.ts';
import { loopbackEndpoint } from '../../../../local/plan.ts';
import type { Principal } from './principals.ts';
import type { UsedPermission } from './used-permissions.ts';

/** One action on one resource that one role allows. */
export interface Grant {
  readonly who: string;
  readonly action: string;
  /** As the policy writes it, wildcards included. */
  readonly resource: string;
}

/** Why nothing uses a grant in these tests, and why it is there all the same. */
export interface Explained {
  /** Null: whoever has it. */
  readonly who: string | null;
  readonly action: string;
  /** Words of the resource; absent: any. */
  readonly resource?: string;
  readonly why: string;
}

export interface Comparison {
  /** Grants that nothing used and nobody explained. */
  readonly unused: readonly string[];
  /** Permissions that were used, or refused, and that no grant covers. */
  readonly uncovered: readonly string[];
  /** Explanations of grants that do not exist. */
  readonly pointless: readonly string[];
}

/** From the policies as they are deployed. @throws Error for a statement that is no plain grant */
export async function grantsOf(cloud: Cloud, principals: readonly Principal[]): Promise<readonly Grant[]> {
  const { plan } = cloud;
  const client = createEmulatorClient({
    endpoint: loopbackEndpoint(plan.ports.relay),
    region: plan.region,
  });
  const all = await Promise.all(
    principals.map(async ({ name, role }) => {
      const policies = await policiesOf(client, `arn:aws:sts::${plan.account}:assumed-role/${role}/any`);
      return policies
        .flatMap(({ Statement }) => listOf(Statement))
        .flatMap((statement) => takenApart(name, statement));
    }),
  );
  return all.flat();
}

function takenApart(who: string, { Effect, Action = [], Resource = [] }: Statement): Grant[] {
  const resources = listOf(Resource);
  if (Effect !== 'Allow' || listOf(Action).length === 0 || resources.length === 0)
    throw new Error(`${who} has a statement that does not just allow actions on resources`);
  return listOf(Action).flatMap((action) => resources.map((resource) => ({ who, action, resource })));
}

export function compare(
  grants: readonly Grant[],
  used: readonly UsedPermission[],
  explained: readonly Explained[],
): Comparison {
  const explains = (one: Explained, grant: Grant): boolean =>
    (one.who === null || one.who === grant.who) &&
    one.action === grant.action &&
    (one.resource === undefined || one.resource === grant.resource);
  return {
    unused: grants
      .filter((grant) => !used.some((one) => covers(grant, one)))
      .filter((grant) => !explained.some((one) => explains(one, grant)))
      .map(written),
    uncovered: used.filter((one) => !grants.some((grant) => covers(grant, one))).map(written),
    pointless: explained
      .filter((one) => !grants.some((grant) => explains(one, grant)))
      .map(({ who, action, resource }) => written({ who: who ?? '*', action, resource: resource ?? '*' })),
  };
}

/** Conditions are left to whoever let the call through: they were fulfilled. */
function covers(grant: Grant, { who, action, resource }: UsedPermission): boolean {
  const Statement: Statement = { Effect: 'Allow', Action: grant.action, Resource: grant.resource };
  return grant.who === who && evaluate([{ Statement }], { action, resource, context: {} }) === 'allowed';
}

export const written = ({ who, action, resource }: Grant): string => `${who}: ${action} on ${resource}`;

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

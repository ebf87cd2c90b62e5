/** Who may do what, read from a template: one line a statement, grouped by role. */
import { render, withoutHash, type TemplateShape } from './berth-template.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}
interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  readonly Roles?: readonly { Ref: string }[];
}

const listOf = <Value>(value: Value | Value[]): Value[] => (Array.isArray(value) ? value : [value]);

/** Lines such as `sqs:SendMessage @ {QueuesWake.Arn}` by role (`ApiRole`), whether inline or in a policy of its own. */
export function grantsByRole(template: TemplateShape): Record<string, string[]> {
  const grants: Record<string, string[]> = {};
  const note = (role: string, policy: Policy) =>
    (grants[withoutHash(role)] ??= []).push(...policy.PolicyDocument.Statement.map(line));
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type === 'AWS::IAM::Role')
      for (const policy of (Properties['Policies'] ?? []) as Policy[]) note(id, policy);
    if (Type === 'AWS::IAM::Policy') {
      const policy = Properties as unknown as Policy;
      for (const role of policy.Roles ?? []) note(role.Ref, policy);
    }
  }
  return grants;
}

function line({ Effect, Action, Resource, Condition }: Statement): string {
  if (Effect !== 'Allow') throw new Error(`only grants are expected: ${Effect}`);
  const actions = listOf(Action).toSorted().join(' ');
  const resources = listOf(Resource as unknown[])
    .map(render)
    .toSorted()
    .join(' ');
  const conditions = Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(
      ([key, value]) =>
        `${operator} ${key}=${listOf(value as unknown[])
          .map(render)
          .toSorted()
          .join('|')}`,
    ),
  );
  return [`${actions} @ ${resources}`, ...conditions].join(' if ');
}

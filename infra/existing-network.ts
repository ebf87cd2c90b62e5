/**
 * A network that is there already, from CDK context: hosts go into these subnets, and no VPC is made.
 *
 *     cdk deploy -c vpc=vpc-0a1b2c3d -c subnets=subnet-0a1b,subnet-2c3d [-c securityGroups=sg-4e5f]
 *     cdk deploy -c vpc=shared -c subnets=apps-a,apps-b [-c securityGroups=apps]
 *
 * With ids alone nothing is looked up: the template is tied to no account. Names (tag `Name` of VPC and subnets, the group
 * name of security groups) are looked up by the CDK command in its own account and region, and remembered in
 * cdk.context.json.
 */
import type { Node } from 'constructs';

export interface ExistingNetwork {
  /** `vpc-...`, or its tag `Name`. */
  readonly vpc: string;
  /** Each `subnet-...`, or a tag `Name`, which several may have. At least one. */
  readonly subnets: readonly string[];
  /** Each `sg-...`, or a group's name: hosts are in them besides Berth's own two. */
  readonly securityGroups: readonly string[];
}

/** Five a network interface unless the account's quota is raised; two are Berth's own. */
export const GROUPS_MAX = 3;
export const SUBNETS_MAX = 20;

const ID = /^(vpc|subnet|sg)-[0-9a-f]{8,17}$/;
/** Of a tag's value and of a group's name, less the comma, which parts them. */
const NAME = /^[\w .:/=+@()-]{1,255}$/;

type Kind = 'vpc' | 'subnet' | 'sg';
export const isId = (text: string, kind: Kind): boolean => ID.exec(text)?.[1] === kind;

/** Null: none is named, so the stack makes its own. @throws TypeError that says what, where and how to mend it */
export function readExistingNetwork(node: Node): ExistingNetwork | null {
  const [vpc, ...more] = list(node, 'vpc', 'vpc');
  const subnets = list(node, 'subnets', 'subnet');
  const securityGroups = list(node, 'securityGroups', 'sg');
  if (more.length > 0) throw new TypeError('context "vpc" must name one VPC, by id or by its tag Name');
  if (vpc === undefined) {
    const lost = subnets.length > 0 ? 'subnets' : securityGroups.length > 0 ? 'securityGroups' : null;
    if (lost === null) return null;
    throw new TypeError(
      `context "${lost}" is of a VPC that is not named: add -c vpc=vpc-... or -c vpc=NAME, or leave "${lost}" out`,
    );
  }
  if (subnets.length === 0)
    throw new TypeError(
      `context "vpc" needs the subnets that hosts go into: add -c subnets=subnet-...,subnet-... or their names`,
    );
  if (subnets.length > SUBNETS_MAX)
    throw new TypeError(`context "subnets" names ${subnets.length} subnets: at most ${SUBNETS_MAX}`);
  if (securityGroups.length > GROUPS_MAX)
    throw new TypeError(
      `context "securityGroups" names ${securityGroups.length} groups: at most ${GROUPS_MAX}, since an interface ` +
        'has five and two are those of Berth',
    );
  return { vpc, subnets, securityGroups };
}

/** Whether the CDK command has to look something up. */
export const hasNames = ({ vpc, subnets, securityGroups }: ExistingNetwork): boolean =>
  !isId(vpc, 'vpc') ||
  !subnets.every((one) => isId(one, 'subnet')) ||
  !securityGroups.every((one) => isId(one, 'sg'));

function list(node: Node, key: string, kind: Kind): readonly string[] {
  const given: unknown = node.tryGetContext(key);
  if (given === undefined || given === null) return [];
  if (typeof given !== 'string') throw new TypeError(`context "${key}" must be text: -c ${key}=...`);
  const items = given.split(',').map((item) => item.trim());
  const twice = items.find((item, index) => items.indexOf(item) !== index);
  if (twice !== undefined && twice !== '') throw new TypeError(`context "${key}" names "${twice}" twice`);
  for (const item of items) check(item, key, kind);
  return items;
}

function check(item: string, key: string, kind: Kind): void {
  const form = `${kind}-... (8 to 17 digits of 0-9 and a-f) or a name`;
  if (!NAME.test(item)) throw new TypeError(`context "${key}" has "${item}", which is neither ${form}`);
  // What looks like an id is meant as one: looked up as a name it would only not be found.
  const [, prefix] = /^(vpc|subnet|sg)-[0-9a-f]*$/.exec(item) ?? [];
  if (prefix !== undefined && !isId(item, kind))
    throw new TypeError(`context "${key}" has "${item}", which is no id of its kind: write ${form}`);
}

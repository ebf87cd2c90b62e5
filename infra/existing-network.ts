/**
 * A network that is there already, from CDK context: hosts go into these subnets, and no VPC is made.
 *
 *     cdk deploy -c vpc=vpc-0a1b2c3d -c subnets=subnet-0a1b,subnet-2c3d [-c securityGroups=sg-4e5f]
 *     cdk deploy -c vpc=shared -c subnets=apps-a,apps-b [-c securityGroups=apps] [-c securityGroups.NAME=web,db]
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
  /** By the name that pools give: hosts of those pools are in these instead of `securityGroups`. */
  readonly groupsByName: Readonly<Record<string, readonly string[]>>;
}

/** Five a network interface unless the account's quota is raised; two are Berth's own. */
export const GROUPS_MAX = 3;
export const SUBNETS_MAX = 20;
export const NAMED_GROUPS_MAX = 4;
/**
 * Ids of subnets, groups and templates stand in the one policy of `provision`, which holds 10,240 characters: as much as
 * so many subnets take. A name, with its groups and two templates, takes as much as nine.
 */
export const POLICY_SUBNETS_MAX = 38;
export const SUBNETS_PER_NAME = 9;
const NAMED = 'securityGroups.';

/** As the contract has it for pools; a test compares them. */
export const POOL_GROUPS_NAME = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

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
  const groupsByName = namedGroups(node);
  if (more.length > 0) throw new TypeError('context "vpc" must name one VPC, by id or by its tag Name');
  if (vpc === undefined) {
    const [named] = Object.keys(groupsByName).map((name) => `${NAMED}${name}`);
    const lost =
      subnets.length > 0 ? 'subnets' : securityGroups.length > 0 ? 'securityGroups' : (named ?? null);
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
  checkNumber('securityGroups', securityGroups);
  const names = Object.keys(groupsByName).length;
  if (subnets.length + names * SUBNETS_PER_NAME > POLICY_SUBNETS_MAX)
    throw new TypeError(
      `context names ${subnets.length} subnets and ${names} "${NAMED}...", more than one policy holds: with ${names} ` +
        `names at most ${POLICY_SUBNETS_MAX - names * SUBNETS_PER_NAME} subnets`,
    );
  return { vpc, subnets, securityGroups, groupsByName };
}

function checkNumber(key: string, groups: readonly string[]): void {
  if (groups.length > GROUPS_MAX)
    throw new TypeError(
      `context "${key}" names ${groups.length} groups: at most ${GROUPS_MAX}, since an interface ` +
        'has five and two are those of Berth',
    );
}

/** `-c securityGroups.web=sg-...,sg-...`: groups that pools name, sorted by their name. */
function namedGroups(node: Node): Record<string, readonly string[]> {
  const keys = Object.keys(node.getAllContext() as object).filter((key) => key.startsWith(NAMED));
  const wrong = keys.map((key) => key.slice(NAMED.length)).find((name) => !POOL_GROUPS_NAME.test(name));
  if (wrong !== undefined)
    throw new TypeError(
      `context "${NAMED}${wrong}": "${wrong}" is no name for security groups: write a lower-case letter, then ` +
        'letters, digits and inner hyphens, at most 32 characters',
    );
  // Ids of resources have no hyphens.
  const byId = Object.values(Object.groupBy(keys, (key) => key.replaceAll('-', '')));
  const [one, other] = byId.find((same = []) => same.length > 1) ?? [];
  if (one !== undefined && other !== undefined)
    throw new TypeError(`context "${one}" and "${other}" differ in a hyphen alone: choose other names`);
  if (keys.length > NAMED_GROUPS_MAX)
    throw new TypeError(
      `context names ${keys.length} "${NAMED}...": at most ${NAMED_GROUPS_MAX}, since each has launch templates of its own`,
    );
  const named = keys.toSorted().map((key) => {
    const groups = list(node, key, 'sg');
    checkNumber(key, groups);
    return [key.slice(NAMED.length), groups] as const;
  });
  return Object.fromEntries(named.filter(([, groups]) => groups.length > 0));
}

/** Whether the CDK command has to look something up. */
export const hasNames = ({ vpc, subnets, securityGroups, groupsByName }: ExistingNetwork): boolean =>
  !isId(vpc, 'vpc') ||
  !subnets.every((one) => isId(one, 'subnet')) ||
  ![...securityGroups, ...Object.values(groupsByName).flat()].every((one) => isId(one, 'sg'));

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

/**
 * Whether identity policies allow a call: IAM User Guide, "Policy evaluation logic" and "JSON policy elements".
 *
 * Job: decide on one (action, resource, context). An explicit Deny wins, then an Allow, else it is denied.
 * In: parsed policy documents. Out: a verdict. Fails: an element that is not modelled here throws, so that a policy is
 *   never read as something it does not say. Not modelled: variables (`${aws:...}`), numeric, date and IP conditions.
 */

export type Verdict = 'allowed' | 'explicit-deny' | 'implicit-deny';

/** Condition keys (lower case) and their values; a key without a value is absent. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

export interface PermissionCheck {
  /** For example `ec2:RunInstances`. */
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

type OneOrMany<T> = T | readonly T[];

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, OneOrMany<string | boolean | number>>>>
  >;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: OneOrMany<Statement>;
}

/** Grants everything. */
export const ADMINISTRATOR: PolicyDocument = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
};

/** @throws Error for a policy element that is not modelled. */
export function evaluate(policies: readonly PolicyDocument[], check: PermissionCheck): Verdict {
  let verdict: Verdict = 'implicit-deny';
  for (const statement of policies.flatMap((policy) => many(policy.Statement))) {
    if (!applies(statement, check)) continue;
    if (statement.Effect === 'Deny') return 'explicit-deny';
    verdict = 'allowed';
  }
  return verdict;
}

const ELEMENTS = new Set(['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);

function applies(statement: Statement, { action, resource, context }: PermissionCheck): boolean {
  for (const element of Object.keys(statement))
    if (!ELEMENTS.has(element)) throw new Error(`policies: the element ${element} is not modelled`);
  const matchesAction = (patterns: OneOrMany<string>) =>
    many(patterns).some((pattern) => like(action.toLowerCase(), pattern.toLowerCase()));
  const matchesResource = (patterns: OneOrMany<string>) =>
    many(patterns).some((pattern) => like(resource, noVariables(pattern)));
  if (statement.Action !== undefined && !matchesAction(statement.Action)) return false;
  if (statement.NotAction !== undefined && matchesAction(statement.NotAction)) return false;
  if (statement.Resource !== undefined && !matchesResource(statement.Resource)) return false;
  if (statement.NotResource !== undefined && matchesResource(statement.NotResource)) return false;
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      holds(
        operator,
        context[key.toLowerCase()],
        many(values).map((value) => noVariables(String(value))),
      ),
    ),
  );
}

const TESTS: Readonly<Record<string, (actual: string, wanted: string) => boolean>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringLike: like,
  ArnEquals: like,
  ArnLike: like,
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
};

/** One condition: `[ForAllValues:|ForAnyValue:]Operator[IfExists]` against the values of one key. */
function holds(
  written: string,
  found: string | readonly string[] | undefined,
  wanted: readonly string[],
): boolean {
  const [, set, name = '', ifExists] = /^(ForAllValues:|ForAnyValue:)?(.*?)(IfExists)?$/.exec(written) ?? [];
  if (name === 'Null') return wanted.includes(String(found === undefined));
  const negated = name.includes('Not');
  const test = TESTS[name.replace('Not', '')];
  if (test === undefined) throw new Error(`policies: the condition operator ${written} is not modelled`);
  const actual = found === undefined ? [] : many(found);
  if (actual.length === 0)
    return ifExists !== undefined || set === 'ForAllValues:' || (negated && set === undefined);
  const one = (value: string) => wanted.some((pattern) => test(value, pattern)) !== negated;
  return set === 'ForAllValues:' ? actual.every(one) : actual.some(one);
}

/** `*`: any run of characters; `?`: any one. */
function like(value: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

function noVariables(pattern: string): string {
  if (pattern.includes('${')) throw new Error(`policies: the variable in ${pattern} is not modelled`);
  return pattern;
}

function many<T>(value: OneOrMany<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

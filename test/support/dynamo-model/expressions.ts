/**
 * The grammar of the expressions that the stores use; anything else is an error of the test, never guessed.
 *
 *     condition  = all { OR all }              all    = term { AND term }
 *     term       = "(" condition ")" | attribute_exists "(" name ")" | attribute_not_exists "(" name ")"
 *                | begins_with "(" operand "," operand ")" | operand ( = | <> | < | <= | > | >= ) operand
 *     update     = [ SET name = value { , name = value } ] [ REMOVE name { , name } ]
 *     value      = piece [ + piece ]           piece  = operand | if_not_exists "(" name "," operand ")"
 *     operand    = name | :value               name   = attribute | #placeholder
 *
 * A comparison with an attribute that is not there is false, but for `<>`.
 */
import { compare, isEqual, sum, type Attribute, type WireItem } from './attribute.ts';
import { ValidationError } from './errors.ts';
import { tokensOf, type Tokens } from './tokens.ts';

/** What placeholders stand for; whoever asks is noted, as DynamoDB refuses those that no expression uses. */
export interface Scope {
  name(token: string): string;
  value(token: string): Attribute;
}

export type Condition = (item: WireItem, scope: Scope) => boolean;
export type Update = (item: WireItem, scope: Scope) => WireItem;
type Operand = (item: WireItem, scope: Scope) => Attribute | undefined;

export const parseCondition = remembered((tokens): Condition => {
  const condition = parseAny(tokens);
  tokens.end();
  return condition;
});

export const parseUpdate = remembered((tokens): Update => {
  const steps: ((next: Record<string, Attribute>, before: WireItem, scope: Scope) => void)[] = [];
  if (tokens.takes('SET'))
    do {
      const name = tokens.next();
      tokens.expect('=');
      const value = parseValue(tokens);
      steps.push((next, before, scope) => {
        next[scope.name(name)] = there(value(before, scope));
      });
    } while (tokens.takes(','));
  if (tokens.takes('REMOVE'))
    do {
      const name = tokens.next();
      steps.push((next, _, scope) => void Reflect.deleteProperty(next, scope.name(name)));
    } while (tokens.takes(','));
  tokens.end();
  return (item, scope) => {
    const next = { ...item };
    for (const step of steps) step(next, item, scope);
    return next;
  };
});

/** Both sides are always looked at, so that every placeholder counts as used. */
function parseAny(tokens: Tokens): Condition {
  let condition = parseAll(tokens);
  while (tokens.takes('OR')) {
    const [left, right] = [condition, parseAll(tokens)];
    condition = (item, scope) => [left(item, scope), right(item, scope)].includes(true);
  }
  return condition;
}

function parseAll(tokens: Tokens): Condition {
  let condition = parseTerm(tokens);
  while (tokens.takes('AND')) {
    const [left, right] = [condition, parseTerm(tokens)];
    condition = (item, scope) => ![left(item, scope), right(item, scope)].includes(false);
  }
  return condition;
}

function parseTerm(tokens: Tokens): Condition {
  if (tokens.takes('(')) {
    const condition = parseAny(tokens);
    tokens.expect(')');
    return condition;
  }
  for (const [call, wanted] of [
    ['attribute_exists', true],
    ['attribute_not_exists', false],
  ] as const) {
    if (!tokens.takes(call)) continue;
    const name = inParentheses(tokens, () => tokens.next());
    return (item, scope) => scope.name(name) in item === wanted;
  }
  if (tokens.takes('begins_with')) {
    const [text, prefix] = inParentheses(tokens, () => pairOf(tokens));
    return (item, scope) => beginsWith(text(item, scope), prefix(item, scope));
  }
  const left = parseOperand(tokens);
  const holds = COMPARISONS[tokens.peek()];
  if (holds === undefined) tokens.expect('a comparison');
  tokens.next();
  const right = parseOperand(tokens);
  return (item, scope) => {
    const [a, b] = [left(item, scope), right(item, scope)];
    return holds?.(a, b) ?? false;
  };
}

type Comparison = (a: Attribute | undefined, b: Attribute | undefined) => boolean;
const ordered =
  (holds: (order: number) => boolean): Comparison =>
  (a, b) => {
    const order = a === undefined || b === undefined ? null : compare(a, b);
    return order !== null && holds(order);
  };
const same: Comparison = (a, b) => a !== undefined && b !== undefined && isEqual(a, b);
const COMPARISONS: Readonly<Record<string, Comparison | undefined>> = {
  '=': same,
  '<>': (a, b) => !same(a, b),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
};

function parseValue(tokens: Tokens): Operand {
  const first = parsePiece(tokens);
  if (!tokens.takes('+')) return first;
  const second = parsePiece(tokens);
  return (item, scope) => sum(there(first(item, scope)), there(second(item, scope)));
}

function parsePiece(tokens: Tokens): Operand {
  if (!tokens.takes('if_not_exists')) return parseOperand(tokens);
  const [stored, instead] = inParentheses(tokens, () => pairOf(tokens));
  return (item, scope) => {
    const [known, other] = [stored(item, scope), instead(item, scope)];
    return known ?? other;
  };
}

function parseOperand(tokens: Tokens): Operand {
  const token = tokens.next();
  if (token.startsWith(':')) return (_, scope) => scope.value(token);
  if (!/^#?\w/.test(token)) throw new Error(`the DynamoDB model wants a name or a value, not "${token}"`);
  return (item, scope) => item[scope.name(token)];
}

function pairOf(tokens: Tokens): [Operand, Operand] {
  const first = parseOperand(tokens);
  tokens.expect(',');
  return [first, parseOperand(tokens)];
}

function inParentheses<Value>(tokens: Tokens, parse: () => Value): Value {
  tokens.expect('(');
  const value = parse();
  tokens.expect(')');
  return value;
}

const beginsWith = (text: Attribute | undefined, prefix: Attribute | undefined): boolean =>
  text !== undefined && 'S' in text && prefix !== undefined && 'S' in prefix && text.S.startsWith(prefix.S);

function there(value: Attribute | undefined): Attribute {
  if (value !== undefined) return value;
  throw new ValidationError('The provided expression refers to an attribute that does not exist in the item');
}

/** There are few expressions, and each comes thousands of times. */
function remembered<Parsed>(parse: (tokens: Tokens) => Parsed): (expression: string) => Parsed {
  const known = new Map<string, Parsed>();
  return (expression) => {
    const parsed = known.get(expression) ?? parse(tokensOf(expression));
    known.set(expression, parsed);
    return parsed;
  };
}

/** The placeholders of one request: those that are not defined and those that nothing uses are refused, as by DynamoDB. */
import type { Attribute } from './attribute.ts';
import { ValidationError } from './errors.ts';
import type { Scope } from './expressions.ts';

export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Attribute>>;
}

export function scopeOf(request: Placeholders): Scope & { assertAllUsed(): void } {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = request;
  const used = new Set<string>();
  const find = <Value>(of: Readonly<Record<string, Value>>, token: string, kind: string): Value => {
    used.add(token);
    const found = of[token];
    if (found !== undefined) return found;
    throw new ValidationError(`An expression attribute ${kind} used in expression is not defined: ${token}`);
  };
  return {
    name: (token) => (token.startsWith('#') ? find(names, token, 'name') : token),
    value: (token) => find(values, token, 'value'),
    assertAllUsed: () => {
      const idle = [...Object.keys(names), ...Object.keys(values)].filter((token) => !used.has(token));
      if (idle.length > 0)
        throw new ValidationError(`Value provided in expressions unused: keys: {${idle.join(', ')}}`);
    },
  };
}

/** Identity policies: the evaluation logic and the conditions that are modelled; anything else is loud. */
import { describe, expect, it } from '@jest/globals';
import type { Context, Statement } from '../../../../local/ec2/model/checks/policy.ts';
import { evaluate } from '../../../../local/ec2/model/checks/policy.ts';

const allow = (over: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: '*',
  Resource: '*',
  ...over,
});
const deny = (over: Partial<Statement> = {}): Statement => ({ ...allow(over), Effect: 'Deny' });

const verdict = (
  statements: readonly Statement[],
  over: { action?: string; resource?: string; context?: Context } = {},
) =>
  evaluate([{ Statement: statements }], {
    action: 'ec2:RunInstances',
    resource: 'arn:x:instance/i-1',
    context: {},
    ...over,
  });

const underCondition = (operator: string, wanted: string | string[], found?: string | string[]) =>
  verdict([allow({ Condition: { [operator]: { 'aws:RequestTag/Owner': wanted } } })], {
    context: found === undefined ? {} : { 'aws:requesttag/owner': found },
  });

describe('policies', () => {
  it('deny unless something allows, and whatever allows when something denies', () => {
    expect(verdict([])).toBe('implicit-deny');
    expect(verdict([allow()])).toBe('allowed');
    expect(verdict([allow(), deny({ Action: 'ec2:Run*' })])).toBe('explicit-deny');
    expect(verdict([allow(), deny({ Action: 'ec2:Stop*' })])).toBe('allowed');
  });

  it('match actions without regard to case, resources with it, both with * and ?', () => {
    expect(verdict([allow({ Action: ['s3:*', 'EC2:runinstances'] })])).toBe('allowed');
    expect(verdict([allow({ Action: 'ec2:RunInstance' })])).toBe('implicit-deny');
    expect(verdict([allow({ Resource: 'arn:x:instance/*' })])).toBe('allowed');
    expect(verdict([allow({ Resource: 'arn:x:instance/i-?' })])).toBe('allowed');
    expect(verdict([allow({ Resource: 'arn:X:instance/*' })])).toBe('implicit-deny');
    expect(verdict([allow({ Resource: 'arn.x:instance/*' })])).toBe('implicit-deny');
  });

  it('turn NotAction and NotResource around', () => {
    const { Action: _action, ...rest } = allow();
    expect(verdict([{ ...rest, NotAction: 'iam:*' }])).toBe('allowed');
    expect(verdict([{ ...rest, NotAction: 'ec2:*' }])).toBe('implicit-deny');
    const { Resource: _resource, ...other } = allow();
    expect(verdict([{ ...other, NotResource: 'arn:x:instance/*' }])).toBe('implicit-deny');
  });

  it.each([
    ['StringEquals', 'a', 'a', 'allowed'],
    ['StringEquals', ['a', 'b'], 'b', 'allowed'],
    ['StringEquals', 'a', 'A', 'implicit-deny'],
    ['StringEquals', 'a', undefined, 'implicit-deny'],
    ['StringEqualsIfExists', 'a', undefined, 'allowed'],
    ['StringEqualsIfExists', 'a', 'b', 'implicit-deny'],
    ['StringEqualsIgnoreCase', 'a', 'A', 'allowed'],
    ['StringNotEquals', 'a', 'b', 'allowed'],
    ['StringNotEquals', ['a', 'b'], 'b', 'implicit-deny'],
    ['StringNotEquals', 'a', undefined, 'allowed'],
    ['StringLike', 'te?t-*', 'test-1', 'allowed'],
    ['StringNotLike', 'te*', 'test', 'implicit-deny'],
    ['ArnLike', 'arn:aws:iam::*:role/x', 'arn:aws:iam::1:role/x', 'allowed'],
    ['Bool', 'true', 'true', 'allowed'],
    ['Bool', 'true', 'false', 'implicit-deny'],
    ['Null', 'true', undefined, 'allowed'],
    ['Null', 'true', 'x', 'implicit-deny'],
    ['Null', 'false', 'x', 'allowed'],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], 'allowed'],
    ['ForAllValues:StringEquals', ['a'], ['a', 'b'], 'implicit-deny'],
    ['ForAllValues:StringEquals', ['a'], undefined, 'allowed'],
    ['ForAnyValue:StringEquals', ['a'], ['a', 'b'], 'allowed'],
    ['ForAnyValue:StringEquals', ['c'], ['a', 'b'], 'implicit-deny'],
    ['ForAnyValue:StringEquals', ['c'], undefined, 'implicit-deny'],
  ] as const)('%s %j against %j: %s', (operator, wanted, found, expected) => {
    const list = (value: string | readonly string[]) => (typeof value === 'string' ? value : [...value]);
    expect(underCondition(operator, list(wanted), found && list(found))).toBe(expected);
  });

  it('need every condition', () => {
    const Condition = { StringEquals: { one: 'a' }, StringLike: { two: 'b*' } };
    expect(verdict([allow({ Condition })], { context: { one: 'a', two: 'bc' } })).toBe('allowed');
    expect(verdict([allow({ Condition })], { context: { one: 'a', two: 'c' } })).toBe('implicit-deny');
  });

  it('are never read as something they do not say', () => {
    expect(() => underCondition('NumericLessThan', '5', '4')).toThrow('NumericLessThan');
    expect(() => underCondition('IpAddress', '10.0.0.0/8', '10.0.0.1')).toThrow('IpAddress');
    expect(() => verdict([allow({ Resource: 'arn:x:${aws:username}' })])).toThrow('variable');
    expect(() => verdict([{ ...allow(), Principal: '*' } as Statement])).toThrow('Principal');
  });
});

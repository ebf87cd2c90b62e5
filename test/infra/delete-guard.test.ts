/** A plain `cdk destroy` asks the guard first: everything else in the stack has to wait for its answer. */
import { describe, expect, it } from '@jest/globals';
import { berthTemplate } from '../support/berth-template.ts';

interface Resource {
  readonly Type: string;
  readonly DependsOn?: readonly string[];
  readonly Properties?: Record<string, unknown>;
}

const resources = berthTemplate().Resources as unknown as Record<string, Resource>;
const [id, guard] = Object.entries(resources).find(([, { Type }]) => Type === 'Custom::BerthDeleteGuard')!;

/** What a resource names in its properties, at any depth. */
const named = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: string[] };
  const own = [...(Ref === undefined ? [] : [Ref]), ...(attribute === undefined ? [] : [attribute[0]!])];
  return [...own, ...Object.values(value).flatMap(named)];
};

describe('the guard of the stack', () => {
  it('is deleted before every other resource, because it depends on all of them', () => {
    const before = new Set([...(guard.DependsOn ?? []), ...named(guard.Properties)]);
    const others = Object.keys(resources).filter((one) => one !== id);
    expect(others.filter((one) => !before.has(one))).toEqual([]);
  });

  it('is needed by nothing, so a failed first deploy rolls back without it', () => {
    const users = Object.entries(resources).filter(
      ([, one]) => one.DependsOn?.includes(id) === true || named(one.Properties).includes(id),
    );
    expect(users).toEqual([]);
  });

  it('fails within two minutes when its function gives no answer', () => {
    expect(guard.Properties).toMatchObject({ ServiceTimeout: '120' });
  });
});

/** What a pass leaves out because of rows that nobody can read. */
import { describe, expect, it } from '@jest/globals';
import { leftOut } from '../../../functions/core/left-out.ts';
import { hostId } from '../../../functions/core/model/ids.ts';
import { hasLeftOut, isLeftOut, NOTHING_LEFT_OUT } from '../../../functions/core/model/unreadable.ts';
import { assignment, directoryName, host, hostView } from '../../support/builders.ts';

const manifest = (name: string, service: string) =>
  hostView(host(name), [assignment(`${name}-${service}`, { service })]).manifest;
const served = { state: 'in', plan: 1, ttlSeconds: 10, serving: true } as const;

describe('rows that cannot be read', () => {
  it('leave nothing out where there are none', () => {
    expect(leftOut([], [manifest('a', 'web')], { names: [] })).toBe(NOTHING_LEFT_OUT);
  });

  it('of a host leave out the host, and each service with a task there', () => {
    const rows = [{ kind: 'lease', subject: 'h-a', why: 'torn' }] as const;
    const out = leftOut(rows, [manifest('a', 'web'), manifest('b', 'db')], { names: [] });
    expect([[...out.hosts], [...out.services]]).toEqual([[hostId('h-a')], ['shop/web']]);
  });

  it('of a manifest leave out what it still names, and what DNS names and no other manifest does', () => {
    const rows = [{ kind: 'manifest', subject: 'h-a', why: 'torn', services: ['shop/api'] }] as const;
    const names = [
      directoryName('db.shop', { 'web-1-b-db': served }),
      directoryName('web.shop', { 'web-1-a-web': served }),
      directoryName('old.shop', { 'web-1-old': { ...served, state: 'leaving' } }),
      directoryName('h-a', {}),
    ];
    const { services } = leftOut(rows, [manifest('b', 'db')], { names });
    expect([...services].sort()).toEqual(['shop/api', 'shop/web']);
  });

  it('of what was applied for an owner leave out its service, and no host', () => {
    const rows = ['web.shop', 'h-a'].map((subject) => ({ kind: 'name' as const, subject, why: 'torn' }));
    const { services, hosts, stacks } = leftOut(rows, [], { names: [] });
    expect([[...services], hosts.size, stacks.size]).toEqual([['shop/web'], 0, 0]);
  });

  it('of a stack leave out all of its services, of a service that one', () => {
    const stack = leftOut([{ kind: 'revision', subject: 'shop', why: 'torn' }], [], { names: [] });
    expect([isLeftOut(stack, 'shop/web'), isLeftOut(stack, 'blog/web')]).toEqual([true, false]);
    const one = leftOut([{ kind: 'service', subject: 'shop/web', why: 'torn' }], [], { names: [] });
    expect([isLeftOut(one, 'shop/web'), isLeftOut(one, 'shop/db'), hasLeftOut(one, 'shop')]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifyApplyError, classifyError } from '../../../../functions/adapters/route53/classify-error.ts';
import { fromRoute53, toRoute53 } from '../../../../functions/adapters/route53/names.ts';
import { toRecordSet } from '../../../../functions/adapters/route53/service-directory.ts';
import { ForbiddenError, NotFoundError, ThrottledError } from '../../../../functions/usecases/errors.ts';

const thrown = (name: string, more: object = {}): Error =>
  Object.assign(new Error(`${name}!`), { name, ...more });

describe('names', () => {
  it.each([
    ['web.shop.berth.internal', 'web.shop.berth.internal.'],
    ['_http._tcp.web.shop.berth.internal', '_http._tcp.web.shop.berth.internal.'],
    ['*.shop.berth.internal', '\\052.shop.berth.internal.'],
    ['a b.internal', 'a\\040b.internal.'],
    ['web-3.internal', 'web-3.internal.'],
  ])('%s is %s to Route 53', (ours, theirs) => {
    expect(toRoute53(ours)).toBe(theirs);
    expect(fromRoute53(theirs)).toBe(ours);
  });
  it('are the same in capitals, without the dot, or unescaped', () => {
    for (const spelling of ['\\052.Shop.Internal', '*.shop.internal.', '*.SHOP.internal'])
      expect(fromRoute53(spelling)).toBe('*.shop.internal');
  });
  it('come back as they went', () => {
    const name = fc.stringMatching(/^[a-z0-9_*-]{1,20}(\.[a-z0-9_ *-]{1,20}){0,4}$/);
    fc.assert(fc.property(name, (text) => fromRoute53(toRoute53(text)) === text));
  });
});

describe('record sets', () => {
  it('are ours when Berth could have written them', () => {
    const values = [{ Value: '10.0.0.2' }, { Value: '10.0.0.1' }];
    expect(toRecordSet({ Name: 'A.internal.', Type: 'A', TTL: 10, ResourceRecords: values })).toEqual([
      { name: 'a.internal', type: 'A', ttlSeconds: 10, values: ['10.0.0.1', '10.0.0.2'] },
    ]);
  });
  it.each([
    { Name: 'internal.', Type: 'NS' as const, TTL: 1, ResourceRecords: [{ Value: 'ns.' }] },
    { Name: 'x.internal.', Type: 'CNAME' as const, TTL: 1, ResourceRecords: [{ Value: 'y.' }] },
    {
      Name: 'x.internal.',
      Type: 'A' as const,
      AliasTarget: { HostedZoneId: 'Z', DNSName: 'elb.', EvaluateTargetHealth: false },
    },
  ])('are none of our business otherwise: $Type', (set) => {
    expect(toRecordSet(set)).toEqual([]);
  });
});

describe('errors of a batch', () => {
  it('rejected: nothing was applied, and all problems are told', () => {
    expect(classifyApplyError(thrown('InvalidChangeBatch'))).toEqual({
      kind: 'rejected',
      message: 'InvalidChangeBatch!',
    });
    expect(classifyApplyError(thrown('InvalidChangeBatch', { messages: ['one', 'two'] }))).toEqual({
      kind: 'rejected',
      message: 'one; two',
    });
  });
  it('full: the zone takes no more record sets, and nothing else is wrong', () => {
    const limit = 'Exceeded limit MAX_RRSETS_BY_ZONE for zone: Z0000000000001';
    expect(classifyApplyError(thrown('InvalidChangeBatch', { messages: [limit] }))).toEqual({
      kind: 'full',
      message: limit,
    });
    const both = { messages: ["record 'x' but it was not found", limit] };
    expect(classifyApplyError(thrown('InvalidChangeBatch', both)).kind).toBe('rejected');
  });
  it.each(['Throttling', 'ThrottlingException', 'PriorRequestNotComplete'])('throttled: %s', (name) => {
    expect(classifyApplyError(thrown(name))).toEqual({ kind: 'throttled', message: `${name}: ${name}!` });
  });
  it('rejected: a value that Route 53 cannot read', () => {
    expect(classifyApplyError(thrown('InvalidInput'))).toMatchObject({ kind: 'rejected' });
  });
  it.each(['TimeoutError', 'ServiceUnavailable', 'InternalFailure'])(
    'thrown on, for the outcome is not known: %s',
    (name) => {
      const error = thrown(name);
      expect(() => classifyApplyError(error)).toThrow(error);
    },
  );
});

describe('errors of reading', () => {
  it.each([
    ['Throttling', ThrottledError],
    ['AccessDenied', ForbiddenError],
    ['NoSuchChange', NotFoundError],
    ['NoSuchHostedZone', NotFoundError],
  ])('%s', (name, kind) => {
    expect(classifyError(thrown(name))).toBeInstanceOf(kind);
  });
});

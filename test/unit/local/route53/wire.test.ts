import { describe, expect, it } from '@jest/globals';
import { identifyCall, readChangeBatch, readListSets } from '../../../../local/route53/wire/calls.ts';

const call = (method: string, path: string) => identifyCall(method, new URL(path, 'http://localhost'));

describe('which action a request asks for', () => {
  it.each([
    ['POST', '/2013-04-01/hostedzone/Z1/rrset', 'ChangeResourceRecordSets', 'Z1'],
    ['POST', '/2013-04-01/hostedzone/Z1/rrset/', 'ChangeResourceRecordSets', 'Z1'],
    ['GET', '/2013-04-01/hostedzone/Z1/rrset?name=a', 'ListResourceRecordSets', 'Z1'],
    ['GET', '/2013-04-01/change/C1', 'GetChange', 'C1'],
    ['GET', '/2013-04-01/hostedzone/Z1', 'GetHostedZone', 'Z1'],
    ['GET', '/2013-04-01/hostedzonesbyname', 'ListHostedZonesByName', undefined],
    ['DELETE', '/2013-04-01/hostedzone/Z1', 'DeleteHostedZone', 'Z1'],
  ])('%s %s: %s', (method, path, action, id) => {
    expect(call(method, path)).toEqual(id === undefined ? { action } : { action, id });
  });

  it('names what it does not know by method and path', () => {
    expect(call('POST', '/2013-04-01/healthcheck')).toEqual({ action: 'POST /2013-04-01/healthcheck' });
    expect(call('PUT', '/2013-04-01/hostedzone/Z1/rrset')).toEqual({
      action: 'PUT /2013-04-01/hostedzone/Z1/rrset',
    });
  });
});

describe('the body of a change', () => {
  const batch = (changes: string) =>
    readChangeBatch(
      'Z1',
      `<?xml version="1.0"?><ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">
      <ChangeBatch><Changes>${changes}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`,
    );
  const set = (inner: string) =>
    batch(`<Change><Action>UPSERT</Action><ResourceRecordSet>${inner}</ResourceRecordSet></Change>`);
  const full =
    '<Name>a.internal</Name><Type>TXT</Type><TTL>10</TTL><ResourceRecords><ResourceRecord><Value> "x&#x26;&quot;" </Value></ResourceRecord></ResourceRecords>';

  it('is read with white space and escapes as they are', () => {
    expect(set(full).changes).toEqual([
      { action: 'UPSERT', set: { name: 'a.internal', type: 'TXT', ttl: 10, values: [' "x&"" '] } },
    ]);
  });

  it.each([
    ['an unknown element in a set', () => set(`${full}<Weight>1</Weight>`)],
    ['an unknown element in a change', () => batch('<Change><Extra/></Change>')],
    ['no name', () => set('<Type>A</Type>')],
    ['two names', () => set(`<Name>b</Name>${full}`)],
    ['text where elements belong', () => batch('nonsense')],
    ['no document', () => readChangeBatch('Z1', '      ')],
    ['another document', () => readChangeBatch('Z1', '<CreateHostedZoneRequest/>')],
    ['no batch', () => readChangeBatch('Z1', '<ChangeResourceRecordSetsRequest/>')],
  ])('is refused with %s', (_, read) => {
    expect(read).toThrow(expect.objectContaining({ code: 'InvalidInput' }));
  });

  it('without a TTL counts as incomplete', () => {
    expect(set(full.replace('<TTL>10</TTL>', '')).changes[0]!.set.values).toEqual([]);
  });
});

describe('a query', () => {
  it('with a parameter that is not known is refused', () => {
    expect(readListSets('Z1', new URLSearchParams('name=a&maxitems=5'))).toEqual({
      zoneId: 'Z1',
      startName: 'a',
      maxItems: 5,
    });
    expect(() => readListSets('Z1', new URLSearchParams('identifier=x'))).toThrow('identifier');
  });
});

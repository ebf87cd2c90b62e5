import { describe, expect, it } from '@jest/globals';
import { answerQuestion } from '../../../../local/dns/answer.ts';
import { SHOP, zoneOf } from './zone-for-tests.ts';

const ask = (name: string, type: string, turn = 0, zones = [SHOP]) =>
  answerQuestion(zones, { name, type }, turn);
const values = (name: string, type: string, turn = 0) =>
  ask(name, type, turn).answers.map((record) => record.value);

describe('an answer', () => {
  it('holds the records of the type', () => {
    expect(ask('h-a.shop.internal.', 'A')).toEqual({
      code: 'NOERROR',
      answers: [{ name: 'h-a.shop.internal.', type: 'A', ttl: 10, value: '10.77.0.11' }],
      authorities: [],
      additionals: [],
    });
  });

  it('to SRV brings the addresses of its targets, each once', () => {
    const { answers, additionals } = ask('_http._tcp.web.shop.internal.', 'SRV');
    expect(answers).toHaveLength(3);
    expect(additionals.map((record) => `${record.name} ${record.value}`)).toEqual([
      'h-a.shop.internal. 10.77.0.11',
      'h-b.shop.internal. 10.77.0.12',
      'h-b.shop.internal. 2001:db8::12',
    ]);
  });

  it('begins with another value each time', () => {
    expect(values('web.shop.internal.', 'A', 0)).toEqual(['10.77.0.11', '10.77.0.12']);
    expect(values('web.shop.internal.', 'A', 1)).toEqual(['10.77.0.12', '10.77.0.11']);
    expect(values('_http._tcp.web.shop.internal.', 'SRV', 5)[0]).toContain('20003');
  });

  it('follows a CNAME inside the zones, and no further', () => {
    expect(values('www.shop.internal.', 'A')).toEqual(['web.shop.internal', '10.77.0.11', '10.77.0.12']);
    expect(values('www.shop.internal.', 'CNAME')).toEqual(['web.shop.internal']);
    expect(ask('away.shop.internal.', 'A')).toMatchObject({ code: 'NOERROR', authorities: [] });
    expect(values('away.shop.internal.', 'A')).toEqual(['www.example.com.']);
    expect(ask('dead.shop.internal.', 'A')).toMatchObject({
      code: 'NXDOMAIN',
      authorities: [{ type: 'SOA' }],
    });
    expect(values('loop.shop.internal.', 'A')).toHaveLength(8);
  });

  it('comes from a wildcard only for names that do not exist', () => {
    expect(ask('any.wild.shop.internal.', 'A').answers).toEqual([
      { name: 'any.wild.shop.internal.', type: 'A', ttl: 10, value: '10.77.0.99' },
    ]);
    expect(values('deep.any.wild.shop.internal.', 'A')).toEqual(['10.77.0.99']);
    expect(ask('own.wild.shop.internal.', 'A')).toMatchObject({ code: 'NOERROR', answers: [] });
    expect(ask('x.own.wild.shop.internal.', 'A').code).toBe('NXDOMAIN');
  });

  it('to ANY holds everything', () => {
    expect(ask('h-b.shop.internal.', 'ANY').answers.map((record) => record.type)).toEqual(['A', 'AAAA']);
  });
});

describe('a negative answer', () => {
  const soa = { name: 'shop.internal.', type: 'SOA', ttl: 10 };

  it('is NXDOMAIN for a name that does not exist, with the lesser of SOA TTL and minimum', () => {
    expect(ask('nothing.shop.internal.', 'A')).toMatchObject({
      code: 'NXDOMAIN',
      answers: [],
      authorities: [soa],
    });
    const long = zoneOf('z.', 'z. 5 SOA a. b. 1 7200 900 1209600 86400');
    expect(ask('x.z.', 'A', 0, [long]).authorities).toMatchObject([{ ttl: 5 }]);
    expect(ask('z.', 'SOA', 0, [long]).answers).toMatchObject([{ ttl: 5 }]);
  });

  it('is NODATA for another type and for a name that only has names below', () => {
    expect(ask('h-a.shop.internal.', 'SRV')).toMatchObject({
      code: 'NOERROR',
      answers: [],
      authorities: [soa],
    });
    expect(ask('_tcp.web.shop.internal.', 'SRV')).toMatchObject({
      code: 'NOERROR',
      answers: [],
      authorities: [soa],
    });
  });

  it('is REFUSED outside the zones', () => {
    for (const name of ['docker.io.', 'internal.', 'workshop.internal.'])
      expect(ask(name, 'A')).toEqual({ code: 'REFUSED', answers: [], authorities: [], additionals: [] });
    expect(ask('shop.internal.', 'A', 0, []).code).toBe('REFUSED');
  });

  it('comes from the zone with the longest name', () => {
    const inner = zoneOf('in.shop.internal.', 'in.shop.internal. 7 SOA a. b. 1 7200 900 1209600 7');
    expect(ask('x.in.shop.internal.', 'A', 0, [SHOP, inner]).authorities).toMatchObject([
      { name: inner.name },
    ]);
    expect(ask('x.in.shop.internal.', 'A', 0, [inner, SHOP]).authorities).toMatchObject([
      { name: inner.name },
    ]);
  });
});

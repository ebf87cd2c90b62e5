/** What in the zone is ours, and what of it is not as it was applied. */
import { describe, expect, it } from '@jest/globals';
import { auditZone } from '../../../../functions/core/discovery/audit.ts';
import { formOf } from '../../../../functions/core/discovery/ours.ts';
import type { Directory, RecordSet } from '../../../../functions/core/model/directory.ts';
import { directoryName, ZONE } from '../../../support/builders.ts';

const record = (name: string, type: RecordSet['type'], ...values: string[]): RecordSet => ({
  name: `${name}.${ZONE}`,
  type,
  ttlSeconds: 10,
  values,
});
const a = (name: string) => record(name, 'A', '10.0.0.1');
const srv = (name: string, target = `h-aaaaaa.${ZONE}.`) => record(name, 'SRV', `0 1 20001 ${target}`);
const fence = (plan: number) => record('_berth-plan', 'TXT', `"plan=${plan}"`);
const directory = (records: RecordSet[], plan = 7): Directory => ({
  head: { plan, pending: [], soaTtlSeconds: 10, unsure: false, version: 1 },
  names: [directoryName('web.shop', {}, { records })],
});

describe('records of ours', () => {
  it.each([
    [a('h-4f7k2m9x1c'), 'clear'],
    [a('web-3.web.shop'), 'clear'],
    [a('a-b-12.a-b.shop'), 'clear'],
    [srv('_http._tcp.web.shop'), 'clear'],
    [a('web.shop'), 'possible'],
    [a('h_no'), null],
    [a('printer'), null],
    [a('db-1.web.shop'), null],
    [a('web-x.web.shop'), null],
    [a('x.y.web.shop'), null],
    [srv('_ldap._tcp.corp.example', 'ldap.example.com.'), null],
    [srv('_http._tcp.web.shop', 'h-aaaaaa.other.internal.'), null],
    [srv('_sip._tcp'), null],
    [record('web.shop', 'TXT', '"x"'), null],
    [{ ...a('web.shop'), name: 'web.shop.elsewhere' }, null],
  ] as const)('%j: %s', (one, form) => {
    expect(formOf(one, ZONE)).toBe(form);
  });
});

describe('an audit of the zone', () => {
  const wanted = [a('web.shop'), srv('_http._tcp.web.shop')];

  it('finds nothing where the zone is as it was applied', () => {
    expect(auditZone(directory(wanted), [fence(7), ...wanted, a('printer')], ZONE)).toEqual([]);
  });

  it('finds owners that no row knows, by what can be nobody else’s', () => {
    const strays = [a('h-4f7k2m9x1c'), srv('_http._tcp.old.shop'), a('old.shop'), a('somebody.else')];
    const found = auditZone(directory(wanted), [fence(7), ...wanted, ...strays], ZONE);
    expect(found.map(({ key, kind, name }) => [key, kind, name.records.length])).toEqual([
      ['h-4f7k2m9x1c', 'unknown', 1],
      ['old.shop', 'unknown', 2],
    ]);
  });

  it('finds records that are missing, other, or too many, and never people’s own', () => {
    const edited = { ...a('web.shop'), values: ['10.9.9.9'] };
    const found = auditZone(
      directory(wanted),
      [fence(7), edited, a('web-9.web.shop'), a('mine.web.shop')],
      ZONE,
    );
    expect(found).toMatchObject([{ key: 'web.shop', kind: 'changed' }]);
    expect(found[0]?.name.records).toEqual([edited, a('web-9.web.shop')]);
    expect(found[0]?.reason).toContain('3 of its record sets');
  });

  it('concludes nothing from an empty list, or under another fence', () => {
    expect(auditZone(directory(wanted), [], ZONE)).toEqual([]);
    expect(auditZone(directory(wanted), [fence(8)], ZONE)).toEqual([]);
    expect(auditZone(directory(wanted, 0), [a('h-4f7k2m9x1c')], ZONE)).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import {
  compareText,
  nameFromPacket,
  normalizeName,
  sortKey,
  unescapeName,
} from '../../../../local/route53/model/records/names.ts';

describe('names', () => {
  it.each([
    ['Shop.Internal', 'shop.internal.'],
    ['shop.internal.', 'shop.internal.'],
    ['*.shop.internal', '\\052.shop.internal.'],
    ['\\052.shop.internal', '\\052.shop.internal.'],
    ['\\101.shop.internal', 'a.shop.internal.'],
    ['_http._tcp.web-1.shop.internal', '_http._tcp.web-1.shop.internal.'],
    ['a b'.replace(' ', '\\040') + '.internal', 'a\\040b.internal.'],
  ])('normalizes %s to %s', (name, normalized) => {
    expect(normalizeName(name)).toBe(normalized);
    expect(normalizeName(normalized)).toBe(normalized);
    expect(nameFromPacket(unescapeName(normalized))).toBe(normalized);
  });

  it.each([
    ['', 'DomainLabelEmpty'],
    ['.', 'DomainLabelEmpty'],
    ['a..internal', 'DomainLabelEmpty'],
    ['.internal', 'DomainLabelEmpty'],
    [`${'x'.repeat(64)}.internal`, 'DomainLabelTooLong'],
    ['x.'.repeat(128), 'DomainNameTooLong'],
    ['a b.internal', 'UnsupportedCharacter'],
    ['caf\u00e9.internal', 'UnsupportedCharacter'],
    ['a\\056b.internal', 'UnsupportedCharacter'],
    ['a\\09.internal', 'UnsupportedCharacter'],
  ])('refuses "%s": %s', (name, code) => {
    expect(() => normalizeName(name)).toThrow(code);
  });

  it('takes a label of 63 bytes and a name of 255', () => {
    normalizeName(`${'x'.repeat(63)}.internal`);
    expect(normalizeName('x.'.repeat(127))).toHaveLength(254);
  });

  it('sorts by reversed labels as one string, so a hyphen comes before a dot', () => {
    const names = [
      'b.internal.',
      'a.b.internal.',
      'a.internal.',
      'z.a.internal.',
      'b-1.internal.',
      'internal.',
    ];
    expect(names.toSorted((a, b) => compareText(sortKey(a), sortKey(b)))).toEqual([
      'internal.',
      'a.internal.',
      'z.a.internal.',
      'b-1.internal.',
      'b.internal.',
      'a.b.internal.',
    ]);
  });
});

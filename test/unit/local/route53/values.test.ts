import { describe, expect, it } from '@jest/globals';
import { parseCharacterStrings, problemsOfValues } from '../../../../local/route53/model/records/values.ts';
import type { RecordType } from '../../../../local/route53/model/records/record-set.ts';

const problems = (type: RecordType, ...values: string[]) =>
  problemsOfValues({ name: 'a.shop.internal.', type, ttl: 10, values });

describe('values', () => {
  it.each<[RecordType, string]>([
    ['A', '10.77.0.11'],
    ['AAAA', '2001:db8::1'],
    ['CNAME', 'www.example.com'],
    ['CNAME', 'www.example.com.'],
    ['NS', 'ns-1.awsdns-1.com.'],
    ['SRV', '1 10 20001 h-a.shop.internal'],
    ['SRV', '0 0 0 .'],
    ['SRV', '65535 65535 65535 h.'],
    ['TXT', '"plan=42"'],
    ['TXT', '"one" "two"'],
    ['TXT', '"a \\"quoted\\" \\\\ word"'],
    ['TXT', '""'],
    ['TXT', `"${'x'.repeat(255)}"`],
    ['SOA', 'ns-1.awsdns-1.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 10'],
  ])('takes %s %s', (type, value) => {
    expect(problems(type, value)).toEqual([]);
  });

  it.each<[RecordType, string, string]>([
    ['A', '10.77.0.256', 'ARRDATAIllegalIPv4Address'],
    ['A', '10.77.0', 'ARRDATAIllegalIPv4Address'],
    ['A', '::1', 'ARRDATAIllegalIPv4Address'],
    ['A', '010.0.0.1', 'ARRDATAIllegalIPv4Address'],
    ['A', '10.0.0.1, 10.0.0.2', 'ARRDATANotSingleField'],
    ['AAAA', '10.0.0.1', 'AAAARRDATAIllegalIPv6Address'],
    ['CNAME', 'a..b', 'DomainLabelEmpty'],
    ['NS', '', 'DomainLabelEmpty'],
    ['SRV', '10 20001 h-a.shop.internal', 'SRVRRDATANotFourFields'],
    ['SRV', '1 10 20001 h-a.shop.internal x', 'SRVRRDATANotFourFields'],
    ['SRV', '1  10 20001 h-a.shop.internal', 'SRVRRDATANotFourFields'],
    ['SRV', '1 10 65536 h-a.shop.internal', 'SRVRRDATAIllegalNumber'],
    ['SRV', '-1 10 1 h-a.shop.internal', 'SRVRRDATAIllegalNumber'],
    ['SRV', '1 ten 1 h-a.shop.internal', 'SRVRRDATAIllegalNumber'],
    ['SRV', `1 10 1 ${'x'.repeat(64)}.internal`, 'DomainLabelTooLong'],
    ['TXT', 'plan=42', 'InvalidCharacterString'],
    ['TXT', '"plan=42', 'InvalidCharacterString'],
    ['TXT', '"a" b', 'InvalidCharacterString'],
    ['TXT', '"a""b"', 'InvalidCharacterString'],
    ['TXT', '"a"b"', 'InvalidCharacterString'],
    ['TXT', '"caf\u00e9"', 'InvalidCharacterString'],
    ['TXT', '"line\nbreak"', 'InvalidCharacterString'],
    ['TXT', `"${'x'.repeat(256)}"`, 'CharacterStringTooLong'],
    ['TXT', Array.from({ length: 20 }, () => `"${'x'.repeat(200)}"`).join(' '), 'TXTRDATATooLong'],
    ['SOA', 'ns-1.awsdns-1.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600', 'SOARRDATANotSevenFields'],
    [
      'SOA',
      'ns-1.awsdns-1.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 -1',
      'SOARRDATAIllegalNumber',
    ],
  ])('refuses %s %s: %s', (type, value, code) => {
    expect(problems(type, value)).toEqual([expect.stringContaining(`FATAL problem: ${code} (`)]);
  });

  it('refuses the same value twice, and a second one where only one can be', () => {
    expect(problems('A', '10.0.0.1', '10.0.0.1')).toEqual(["Duplicate Resource Record: '10.0.0.1'"]);
    expect(problems('CNAME', 'a.', 'b.')).toEqual([expect.stringContaining('must have exactly one record')]);
  });

  it('unescapes character strings to bytes', () => {
    expect(parseCharacterStrings('"a\\"b" "\\303\\251"')?.map((bytes) => bytes.toString())).toEqual([
      'a"b',
      '\u00e9',
    ]);
  });
});

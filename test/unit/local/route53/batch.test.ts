import { describe, expect, it } from '@jest/globals';
import { change, testZone } from './zone-for-tests.ts';

describe('a change batch', () => {
  it('creates, replaces and deletes', () => {
    const zone = testZone();
    zone.apply(change('CREATE', 'a', 'A', '10.0.0.1'), change('UPSERT', 'b', 'A', '10.0.0.2'));
    zone.apply(change('UPSERT', 'a', 'A', '10.0.0.3'), change('DELETE', 'b', 'A', '10.0.0.2'));
    expect(zone.content()).toEqual(['a.shop.internal. A 10 10.0.0.3']);
  });

  it('refuses to create what exists, with the words of Route 53', () => {
    const zone = testZone();
    zone.apply(change('CREATE', 'a', 'A', '10.0.0.1'));
    expect(zone.refusal(change('CREATE', 'a', 'A', '10.0.0.1'))).toBe(
      "InvalidChangeBatch: [Tried to create resource record set [name='a.shop.internal.', type='A'] but it already exists]",
    );
  });

  it('refuses to delete what is not there, or is there with another value, TTL or fewer values', () => {
    const zone = testZone();
    zone.apply(change('CREATE', 'a', 'A', '10.0.0.1', '10.0.0.2'));
    expect(zone.refusal(change('DELETE', 'b', 'A', '10.0.0.1'))).toContain('but it was not found');
    const mismatch = 'but the values provided do not match the current values';
    expect(zone.refusal(change('DELETE', 'a', 'A', '10.0.0.1'))).toContain(mismatch);
    expect(zone.refusal(change('DELETE', 'a', 'A', '10.0.0.1', '10.0.0.3'))).toContain(mismatch);
    const { action, set } = change('DELETE', 'a', 'A', '10.0.0.1', '10.0.0.2');
    expect(zone.refusal({ action, set: { ...set, ttl: 11 } })).toContain(mismatch);
    expect(zone.content()).toHaveLength(1);
  });

  it('deletes whatever the order of the values and the case of the name', () => {
    const zone = testZone();
    zone.apply(change('CREATE', 'a', 'A', '10.0.0.1', '10.0.0.2'));
    zone.apply(change('DELETE', 'A', 'A', '10.0.0.2', '10.0.0.1'));
    expect(zone.content()).toEqual([]);
  });

  it('is all or nothing, and names every problem', () => {
    const zone = testZone();
    zone.apply(change('CREATE', 'a', 'A', '10.0.0.1'), change('CREATE', 'b', 'A', '10.0.0.1'));
    const before = zone.content();
    expect(
      zone.refusal(
        change('CREATE', 'new', 'A', '10.0.0.9'),
        change('CREATE', 'a', 'A', '10.0.0.2'),
        change('CREATE', 'b', 'A', '10.0.0.2'),
      ),
    ).toBe(
      "InvalidChangeBatch: [Tried to create resource record set [name='a.shop.internal.', type='A'] but it already exists, " +
        "Tried to create resource record set [name='b.shop.internal.', type='A'] but it already exists]",
    );
    expect(zone.content()).toEqual(before);
  });

  it('lets a fence work: DELETE of the old plan and CREATE of the new one, once', () => {
    const zone = testZone();
    const fence = (from: string, to: string) => [
      change('DELETE', 'plan', 'TXT', `"plan=${from}"`),
      change('CREATE', 'plan', 'TXT', `"plan=${to}"`),
    ];
    zone.apply(change('CREATE', 'plan', 'TXT', '"plan=41"'));
    zone.apply(...fence('41', '42'), change('UPSERT', 'a', 'A', '10.0.0.2'));
    expect(zone.refusal(...fence('41', '42'), change('UPSERT', 'a', 'A', '10.0.0.1'))).toContain(
      'do not match',
    );
    expect(zone.content()).toEqual([
      'a.shop.internal. A 10 10.0.0.2',
      'plan.shop.internal. TXT 10 "plan=42"',
    ]);
  });

  it.each([
    ['two CREATEs', ['CREATE', 'CREATE']],
    ['two UPSERTs', ['UPSERT', 'UPSERT']],
    ['two DELETEs', ['DELETE', 'DELETE']],
    ['CREATE then DELETE', ['CREATE', 'DELETE']],
    ['DELETE then UPSERT', ['DELETE', 'UPSERT']],
  ] as const)('refuses %s of one set', (_, actions) => {
    const zone = testZone();
    zone.apply(change('CREATE', 'a', 'A', '10.0.0.1'));
    expect(zone.refusal(...actions.map((action) => change(action, 'a', 'A', '10.0.0.1')))).toContain(
      "invalid set of changes for a resource record set 'A a.shop.internal.'",
    );
  });

  it('refuses a name of another zone', () => {
    const set = { name: 'a.other.internal', type: 'A', ttl: 10, values: ['10.0.0.1'] } as const;
    expect(testZone().refusal({ action: 'UPSERT', set })).toContain(
      'RRSet with DNS name a.other.internal. is not permitted in zone shop.internal.',
    );
    expect(testZone().refusal({ action: 'UPSERT', set: { ...set, name: 'workshop.internal' } })).toContain(
      'not permitted in zone',
    );
  });
});

describe('what a zone can hold', () => {
  it('keeps CNAME apart from everything else', () => {
    const zone = testZone();
    zone.apply(change('CREATE', 'a', 'A', '10.0.0.1'), change('CREATE', 'c', 'CNAME', 'a.shop.internal'));
    expect(zone.refusal(change('CREATE', 'a', 'CNAME', 'c.shop.internal'))).toContain(
      'is not permitted as it conflicts with other records with the same DNS name in zone shop.internal.',
    );
    expect(zone.refusal(change('UPSERT', 'c', 'A', '10.0.0.1'))).toContain(
      'because a conflicting RRSet of type CNAME with the same DNS name already exists',
    );
    zone.apply(change('DELETE', 'c', 'CNAME', 'a.shop.internal'), change('CREATE', 'c', 'A', '10.0.0.1'));
    const apex = { name: 'shop.internal', type: 'CNAME', ttl: 10, values: ['a.shop.internal'] } as const;
    expect(zone.refusal({ action: 'CREATE', set: apex })).toContain('is not permitted at apex');
  });

  it('keeps SOA and NS of the apex, but lets them be changed', () => {
    const zone = testZone();
    const sets = zone.model.listResourceRecordSets({ zoneId: 'Z0000000000001' }).sets;
    expect(sets.map((set) => set.type)).toEqual(['NS', 'SOA']);
    const [ns, soa] = sets;
    expect(zone.refusal({ action: 'DELETE', set: soa! })).toContain('exactly one SOA record.');
    expect(zone.refusal({ action: 'DELETE', set: ns! })).toContain(
      'at least one NS record for the zone itself.',
    );
    expect(zone.refusal({ action: 'CREATE', set: { ...soa!, name: 'a.shop.internal' } })).toContain(
      'exactly one SOA',
    );
    const value = soa!.values[0]!.replace(/86400$/, '10');
    zone.apply({ action: 'UPSERT', set: { ...soa!, ttl: 10, values: [value] } });
    zone.clock.nowMs += 1000;
    expect(zone.model.listResourceRecordSets({ zoneId: 'Z0000000000001' }).sets[1]).toEqual({
      ...soa!,
      ttl: 10,
      values: [value],
    });
  });
});

describe('the bounds of a batch', () => {
  const addresses = (count: number) =>
    Array.from({ length: count }, (_, i) => `10.0.${Math.floor(i / 256)}.${i % 256}`);

  it('takes 1,000 records, 500 by UPSERT, and not one more', () => {
    const create = (count: number) => [
      change('CREATE', 'a', 'A', ...addresses(400)),
      change('CREATE', 'b', 'A', ...addresses(400)),
      change('CREATE', 'c', 'A', ...addresses(count - 800)),
    ];
    const upsert = (count: number) => [
      change('UPSERT', 'a', 'A', ...addresses(400)),
      change('UPSERT', 'b', 'A', ...addresses(count - 400)),
    ];
    const refusal = 'Number of records limit of 1000 exceeded.';
    expect(testZone().refusal(...create(1001))).toContain(refusal);
    expect(testZone().refusal(...upsert(501))).toContain(refusal);
    testZone().apply(...create(1000));
    testZone().apply(...upsert(500));
  });

  it('takes 32,000 characters of values, 16,000 by UPSERT, and not one more', () => {
    const text = (characters: number) => {
      const sizes = Array.from({ length: Math.ceil(characters / 200) }, (_, i) =>
        Math.min(200, characters - i * 200),
      );
      return sizes.map((size, i) => `"${String(i).padStart(size - 2, 'x')}"`);
    };
    const refusal = 'RDATA character limit of 32000 exceeded.';
    expect(testZone().refusal(change('CREATE', 'a', 'TXT', ...text(32_010)))).toContain(refusal);
    expect(testZone().refusal(change('UPSERT', 'a', 'TXT', ...text(16_010)))).toContain(refusal);
    testZone().apply(change('CREATE', 'a', 'TXT', ...text(32_000)));
    testZone().apply(change('UPSERT', 'a', 'TXT', ...text(16_000)));
  });

  it('takes 400 values a set and not one more', () => {
    expect(testZone().refusal(change('CREATE', 'a', 'A', ...addresses(401)))).toContain(
      'Cannot have more than 400 records in a RRSet.',
    );
    testZone().apply(change('CREATE', 'a', 'A', ...addresses(400)));
  });

  it('fills a zone to 10,000 sets and not one more, but always lets it shrink or stay', () => {
    const zone = testZone();
    const names = Array.from({ length: 9_998 }, (_, i) => `n${i}`);
    for (let i = 0; i < names.length; i += 1000)
      zone.apply(...names.slice(i, i + 1000).map((name) => change('CREATE', name, 'A', '10.0.0.1')));
    expect(zone.model.countSets('Z0000000000001')).toBe(10_000);
    expect(zone.refusal(change('CREATE', 'more', 'A', '10.0.0.1'))).toContain(
      'Exceeded limit MAX_RRSETS_BY_ZONE for zone: Z0000000000001',
    );
    zone.apply(change('DELETE', 'n1', 'A', '10.0.0.1'), change('CREATE', 'more', 'A', '10.0.0.1'));
    zone.apply(change('UPSERT', 'n2', 'A', '10.0.0.2'), change('DELETE', 'n3', 'A', '10.0.0.1'));
    expect(zone.model.countSets('Z0000000000001')).toBe(9_999);
    expect(zone.content()).toHaveLength(9_997);
  });
});

describe('the form of a change', () => {
  const asked = (part: object) => [
    {
      action: 'UPSERT',
      set: { name: 'a.shop.internal', type: 'A', ttl: 10, values: ['10.0.0.1'], ...part },
    } as const,
  ];

  it('needs changes, values, a TTL in range and a known type and action', () => {
    const zone = testZone();
    expect(zone.refusal()).toContain('InvalidInput');
    expect(zone.refusal(...asked({ values: [] }))).toContain('found none in Change with [Action=UPSERT');
    expect(zone.refusal(...asked({ ttl: -1 }))).toContain('InvalidInput');
    expect(zone.refusal(...asked({ ttl: 2_147_483_648 }))).toContain('InvalidInput');
    expect(zone.refusal(...asked({ ttl: 1.5 }))).toContain('InvalidInput');
    expect(zone.refusal(...asked({ type: 'MX' }))).toContain('satisfy enum value set');
    expect(zone.refusal({ ...asked({})[0]!, action: 'REPLACE' as 'UPSERT' })).toContain(
      'satisfy enum value set',
    );
    zone.apply(...asked({ ttl: 0 }));
    zone.apply(...asked({ ttl: 2_147_483_647 }));
  });
});

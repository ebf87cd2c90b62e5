import { describe, expect, it } from '@jest/globals';
import { ReplyLostError } from '../../../../local/route53/model/errors.ts';
import { createRoute53Model } from '../../../../local/route53/model/route53.ts';
import { change, testZone, ZONE } from './zone-for-tests.ts';

const code = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    return (error as Error).name;
  }
  return 'accepted';
};

describe('the life of a change', () => {
  it('is PENDING, listed at once, and served only when INSYNC', () => {
    const { model, clock } = testZone();
    const served = () => model.served()[0]!.at('a.shop.internal.');
    const info = model.changeResourceRecordSets({
      zoneId: ZONE,
      changes: [change('CREATE', 'a', 'A', '10.0.0.1')],
      comment: 'plan 1',
    });
    expect(info).toEqual({ id: info.id, status: 'PENDING', submittedAtMs: clock.nowMs, comment: 'plan 1' });
    expect(model.listResourceRecordSets({ zoneId: ZONE }).sets).toHaveLength(3);
    expect(served()).toEqual([]);
    clock.nowMs += 1999;
    expect(model.getChange(info).status).toBe('PENDING');
    expect(served()).toEqual([]);
    clock.nowMs += 1;
    expect(model.getChange(info).status).toBe('INSYNC');
    expect(served()).toEqual([{ name: 'a.shop.internal.', type: 'A', ttl: 10, values: ['10.0.0.1'] }]);
  });

  it('keeps the order of changes when the delay is shortened', () => {
    const { model, clock, apply } = testZone();
    model.faults.propagationMs = 8000;
    apply(change('UPSERT', 'a', 'A', '10.0.0.1'));
    model.faults.propagationMs = 0;
    apply(change('UPSERT', 'a', 'A', '10.0.0.2'));
    const served = () =>
      model
        .served()[0]!
        .at('a.shop.internal.')
        .flatMap((set) => set.values);
    clock.nowMs += 6999;
    expect(served()).toEqual([]);
    clock.nowMs += 1;
    expect(served()).toEqual(['10.0.0.2']);
  });

  it('serves a deletion only when INSYNC, and knows what lies below a name', () => {
    const { model, clock, apply } = testZone();
    apply(change('CREATE', 'a.b', 'A', '10.0.0.1'));
    clock.nowMs += 2000;
    expect(model.served()[0]!.hasBelow('b.shop.internal.')).toBe(true);
    apply(change('DELETE', 'a.b', 'A', '10.0.0.1'));
    expect(model.served()[0]!.hasBelow('b.shop.internal.')).toBe(true);
    clock.nowMs += 2000;
    expect(model.served()[0]!.hasBelow('b.shop.internal.')).toBe(false);
  });

  it('may carry a comment of 256 characters and not one more', () => {
    const { model, clock } = testZone();
    const commented = (characters: number) => () =>
      model.changeResourceRecordSets({
        zoneId: ZONE,
        changes: [change('UPSERT', 'a', 'A', '10.0.0.1')],
        comment: 'x'.repeat(characters),
      });
    expect(code(commented(257))).toBe('InvalidInput');
    clock.nowMs += 1000;
    expect(code(commented(256))).toBe('accepted');
  });

  it('does not know other changes', () => {
    expect(code(() => testZone().model.getChange({ id: 'C1' }))).toBe('NoSuchChange');
  });
});

describe('the bounds on requests', () => {
  it('gives an account five requests at once, then five a second, whatever they ask', () => {
    const { model, clock } = testZone();
    const calls = () => Array.from({ length: 7 }, () => code(() => model.getHostedZone({ id: ZONE })));
    const accepted = (outcomes: string[]) => outcomes.filter((outcome) => outcome === 'accepted').length;
    expect(accepted(calls())).toBe(5);
    expect(calls()).toEqual(Array(7).fill('Throttling'));
    clock.nowMs += 400;
    expect(accepted(calls())).toBe(2);
    clock.nowMs += 60_000;
    expect(accepted(calls())).toBe(5);
  });

  it('is busy with one batch at a time, a zone by itself', () => {
    const { model, clock } = testZone();
    model.addZone({ id: 'Z2', name: 'other.internal' });
    const upsert = () =>
      model.changeResourceRecordSets({ zoneId: ZONE, changes: [change('UPSERT', 'a', 'A', '10.0.0.1')] });
    upsert();
    clock.nowMs += 99;
    expect(code(upsert)).toBe('PriorRequestNotComplete');
    const set = { name: 'a.other.internal', type: 'A', ttl: 10, values: ['10.0.0.1'] } as const;
    model.changeResourceRecordSets({ zoneId: 'Z2', changes: [{ action: 'UPSERT', set }] });
    clock.nowMs += 1;
    upsert();
  });

  it('is not kept busy by a batch that it refused', () => {
    const { model } = testZone();
    const batch = (value: string) => () =>
      model.changeResourceRecordSets({ zoneId: ZONE, changes: [change('UPSERT', 'a', 'A', value)] });
    expect(code(batch('no address'))).toBe('InvalidChangeBatch');
    expect(code(batch('10.0.0.1'))).toBe('accepted');
  });
});

describe('listing', () => {
  it('pages through all sets in order, 300 at a time at most', () => {
    const zone = testZone();
    const names = Array.from({ length: 650 }, (_, i) => `n${String(i).padStart(3, '0')}`);
    zone.apply(...names.map((name) => change('CREATE', name, 'A', '10.0.0.1')));
    zone.clock.nowMs += 1000;
    const first = zone.model.listResourceRecordSets({ zoneId: ZONE, maxItems: 1000 });
    expect(first.sets).toHaveLength(300);
    expect(first.next).toEqual({ name: 'n298.shop.internal.', type: 'A' });
    expect(zone.content().map((line) => line.split('.')[0])).toEqual(names);
    expect(zone.model.listResourceRecordSets({ zoneId: ZONE, maxItems: 1 }).sets).toHaveLength(1);
  });

  it('starts at a name and a type, whether they exist or not', () => {
    const { model, clock, apply } = testZone();
    apply(
      change('CREATE', 'b', 'A', '10.0.0.1'),
      change('CREATE', 'b', 'TXT', '"x"'),
      change('CREATE', 'c', 'A', '10.0.0.1'),
    );
    const from = (startName: string, startType?: string) => {
      clock.nowMs += 1000;
      const input = { zoneId: ZONE, startName, ...(startType === undefined ? {} : { startType }) };
      return model.listResourceRecordSets(input).sets.map((set) => `${set.name[0]!} ${set.type}`);
    };
    expect(from('B.shop.internal')).toEqual(['b A', 'b TXT', 'c A']);
    expect(from('b.shop.internal', 'SRV')).toEqual(['b TXT', 'c A']);
    expect(from('b.shop.internal', 'TXT')).toEqual(['b TXT', 'c A']);
    expect(from('bb.shop.internal')).toEqual(['c A']);
    expect(from('d.shop.internal')).toEqual([]);
  });

  it('refuses a type without a name, a bad name and a bad number', () => {
    const { model } = testZone();
    expect(code(() => model.listResourceRecordSets({ zoneId: ZONE, startType: 'A' }))).toBe('InvalidInput');
    expect(code(() => model.listResourceRecordSets({ zoneId: ZONE, startName: 'a..b' }))).toBe(
      'InvalidInput',
    );
    expect(code(() => model.listResourceRecordSets({ zoneId: ZONE, maxItems: 0 }))).toBe('InvalidInput');
    expect(code(() => model.listResourceRecordSets({ zoneId: 'Z9' }))).toBe('NoSuchHostedZone');
  });

  it('lists zones by reversed name, from a name and an id', () => {
    const { model } = testZone({ requestsPerSecond: 100 });
    model.addZone({ id: 'Z3', name: 'a.shop.internal', private: true, comment: 'below' });
    model.addZone({ id: 'Z2', name: 'other.internal' });
    const ids = (input: object) => model.listHostedZonesByName(input).zones.map((zone) => zone.id);
    expect(ids({})).toEqual(['Z2', ZONE, 'Z3']);
    expect(ids({ dnsName: 'shop.internal' })).toEqual([ZONE, 'Z3']);
    expect(ids({ dnsName: 'shop.internal', zoneId: 'Z1' })).toEqual(['Z3']);
    expect(model.listHostedZonesByName({ maxItems: 2 }).next).toEqual({
      dnsName: 'a.shop.internal.',
      zoneId: 'Z3',
    });
    expect(code(() => model.listHostedZonesByName({ zoneId: 'Z2' }))).toBe('InvalidInput');
    expect(model.getHostedZone({ id: 'Z3' })).toEqual({
      id: 'Z3',
      name: 'a.shop.internal.',
      callerReference: 'Z3',
      comment: 'below',
      private: true,
      setCount: 2,
    });
  });
});

describe('injected faults', () => {
  it('fail the next calls of an action, with nothing changed', () => {
    const { model, content } = testZone();
    model.faults.failNext({ action: 'ChangeResourceRecordSets', code: 'ServiceUnavailable', status: 503 });
    expect(code(() => model.getHostedZone({ id: ZONE }))).toBe('accepted');
    const changes = [change('CREATE', 'a', 'A', '10.0.0.1')];
    expect(code(() => model.changeResourceRecordSets({ zoneId: ZONE, changes }))).toBe('ServiceUnavailable');
    expect(content()).toEqual([]);
    expect(code(() => model.changeResourceRecordSets({ zoneId: ZONE, changes }))).toBe('accepted');
  });

  it('lose a reply after the effect, and only of a call that had one', () => {
    const { model, content } = testZone();
    model.faults.loseReplyNext('ChangeResourceRecordSets');
    const batch = (value: string) => () =>
      model.changeResourceRecordSets({ zoneId: ZONE, changes: [change('CREATE', 'a', 'A', value)] });
    expect(code(batch('no address'))).toBe('InvalidChangeBatch');
    expect(batch('10.0.0.1')).toThrow(ReplyLostError);
    expect(content()).toEqual(['a.shop.internal. A 10 10.0.0.1']);
  });

  it('throttle the next calls', () => {
    const { model } = testZone();
    model.faults.throttleNext(2);
    const calls = Array.from({ length: 3 }, () => code(() => model.getHostedZone({ id: ZONE })));
    expect(calls).toEqual(['Throttling', 'Throttling', 'accepted']);
  });
});

describe('zones', () => {
  it('come and go without costing a request', () => {
    const model = createRoute53Model({ now: () => 0 });
    for (let i = 0; i < 20; i += 1) model.addZone({ id: `Z${i}`, name: `z${i}.internal` });
    expect(model.zoneIds()).toHaveLength(20);
    expect(model.served()[0]!.name).toBe('z19.internal.');
    model.removeZone('Z19');
    expect(model.countSets('Z19')).toBeUndefined();
    expect(code(() => model.getHostedZone({ id: 'Z19' }))).toBe('NoSuchHostedZone');
  });
});

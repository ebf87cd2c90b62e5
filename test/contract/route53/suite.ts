/** The cases that hold for the model in process and for the real client over the wire alike. */
import { expect } from '@jest/globals';
import type { Change, ChangeAction, RecordType } from '../../../local/route53/model/records/record-set.ts';
import type { Case } from '../../support/contract.ts';
import type { DirectorySide } from './directory.ts';

export const ZONE_NAME = 'suite.internal.';

export function change(action: ChangeAction, name: string, type: RecordType, ...values: string[]): Change {
  return { action, set: { name: `${name}.${ZONE_NAME}`, type, ttl: 10, values } };
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const outcome: unknown = await call.then(
    () => 'accepted',
    (error: unknown) => error,
  );
  return outcome instanceof Error ? `${outcome.name}: ${outcome.message}` : String(outcome);
}

/** Every case starts with an empty zone (SOA and NS), a full bucket and nothing under way. */
export const CASES: readonly Case<DirectorySide>[] = [
  [
    'CREATE, UPSERT, DELETE and the values come back as they were written',
    async (side) => {
      const values = ['"plan=42 & <x> \'y\'"', '"say \\"hi\\" \\\\ \\303\\251" "  two  "'];
      await side.change([
        change('CREATE', 'a', 'TXT', ...values),
        change('UPSERT', 'b', 'A', '10.0.0.2', '10.0.0.1'),
      ]);
      const { sets } = await side.list({ startName: `a.${ZONE_NAME}` });
      expect(sets).toEqual([
        { name: `a.${ZONE_NAME}`, type: 'TXT', ttl: 10, values },
        { name: `b.${ZONE_NAME}`, type: 'A', ttl: 10, values: ['10.0.0.2', '10.0.0.1'] },
      ]);
    },
  ],
  [
    'a change has an id, a time, a comment, and is PENDING until the delay is over',
    async (side) => {
      const seen = await side.change([change('CREATE', 'a', 'A', '10.0.0.1')], 'plan 42 & more');
      const submittedAtMs = side.clock.nowMs;
      expect(seen).toEqual({ id: seen.id, status: 'PENDING', submittedAtMs, comment: 'plan 42 & more' });
      side.clock.nowMs += 1999;
      expect((await side.getChange(seen.id)).status).toBe('PENDING');
      side.clock.nowMs += 1;
      expect(await side.getChange(seen.id)).toEqual({ ...seen, status: 'INSYNC' });
    },
  ],
  [
    'CREATE of what exists',
    async (side) => {
      await side.change([change('CREATE', 'a', 'A', '10.0.0.1')]);
      side.clock.nowMs += 1000;
      expect(await refusal(side.change([change('CREATE', 'a', 'A', '10.0.0.1')]))).toBe(
        `InvalidChangeBatch: [Tried to create resource record set [name='a.${ZONE_NAME}', type='A'] but it already exists]`,
      );
    },
  ],
  [
    'DELETE of what is not there, and of other values',
    async (side) => {
      await side.change([change('CREATE', 'a', 'A', '10.0.0.1')]);
      side.clock.nowMs += 1000;
      expect(await refusal(side.change([change('DELETE', 'b', 'A', '10.0.0.1')]))).toContain(
        'but it was not found',
      );
      expect(await refusal(side.change([change('DELETE', 'a', 'A', '10.0.0.2')]))).toBe(
        `InvalidChangeBatch: [Tried to delete resource record set [name='a.${ZONE_NAME}', type='A'] but the values provided do not match the current values]`,
      );
    },
  ],
  [
    'a batch is all or nothing',
    async (side) => {
      const batch = [change('CREATE', 'a', 'A', '10.0.0.1'), change('DELETE', 'b', 'A', '10.0.0.1')];
      expect(await refusal(side.change(batch))).toContain('InvalidChangeBatch');
      expect((await side.list({ startName: `a.${ZONE_NAME}` })).sets).toEqual([]);
    },
  ],
  [
    'the fence: the second writer of a plan number loses its whole batch',
    async (side) => {
      const write = (address: string) =>
        side.change([
          change('DELETE', 'plan', 'TXT', '"plan=41"'),
          change('CREATE', 'plan', 'TXT', '"plan=42"'),
          change('UPSERT', 'web', 'A', address),
        ]);
      await side.change([change('CREATE', 'plan', 'TXT', '"plan=41"')]);
      side.clock.nowMs += 1000;
      await write('10.0.0.2');
      side.clock.nowMs += 1000;
      expect(await refusal(write('10.0.0.1'))).toContain('do not match the current values');
      const { sets } = await side.list({ startName: `plan.${ZONE_NAME}` });
      expect(sets.map((set) => set.values)).toEqual([['"plan=42"'], ['10.0.0.2']]);
    },
  ],
  [
    'one set twice in a batch',
    async (side) => {
      const batch = [change('UPSERT', 'a', 'A', '10.0.0.1'), change('UPSERT', 'a', 'A', '10.0.0.2')];
      expect(await refusal(side.change(batch))).toContain('The request contains an invalid set of changes');
    },
  ],
  [
    'names of another zone, bad names, bad values, conflicts with a CNAME',
    async (side) => {
      const other = {
        action: 'UPSERT',
        set: { name: 'a.other.', type: 'A', ttl: 10, values: ['10.0.0.1'] },
      } as const;
      expect(await refusal(side.change([other]))).toContain('is not permitted in zone suite.internal.');
      expect(await refusal(side.change([change('UPSERT', 'a..b', 'A', '10.0.0.1')]))).toContain(
        'DomainLabelEmpty',
      );
      expect(await refusal(side.change([change('UPSERT', 'a', 'A', '10.0.0')]))).toContain(
        'ARRDATAIllegalIPv4Address',
      );
      expect(await refusal(side.change([change('UPSERT', 'a', 'SRV', '1 1 h.')]))).toContain(
        'InvalidChangeBatch',
      );
      const both = [change('UPSERT', 'a', 'A', '10.0.0.1'), change('UPSERT', 'a', 'CNAME', 'b.internal')];
      expect(await refusal(side.change(both))).toContain(
        'conflicts with other records with the same DNS name',
      );
    },
  ],
  [
    'the form of a change: no changes, no values, TTL out of range',
    async (side) => {
      expect(await refusal(side.change([]))).toMatch(/^InvalidInput/);
      expect(await refusal(side.change([change('UPSERT', 'a', 'A')]))).toMatch(/^InvalidInput/);
      const { action, set } = change('UPSERT', 'a', 'A', '10.0.0.1');
      expect(await refusal(side.change([{ action, set: { ...set, ttl: -1 } }]))).toMatch(/^InvalidInput/);
      expect(await refusal(side.change([{ action, set: { ...set, type: 'MX' as 'A' } }]))).toMatch(
        /^InvalidInput/,
      );
    },
  ],
  [
    'the bounds of a batch',
    async (side) => {
      const addresses = Array.from({ length: 400 }, (_, i) => `10.0.${Math.floor(i / 250)}.${i % 250}`);
      const tooMany = ['a', 'b', 'c'].map((name) => change('CREATE', name, 'A', ...addresses));
      expect(await refusal(side.change(tooMany))).toBe(
        'InvalidChangeBatch: [Number of records limit of 1000 exceeded.]',
      );
      const text = Array.from({ length: 70 }, (_, i) => `"${String(i).padStart(240, 'x')}"`);
      expect(await refusal(side.change([change('UPSERT', 'a', 'TXT', ...text)]))).toBe(
        'InvalidChangeBatch: [RDATA character limit of 32000 exceeded.]',
      );
      await side.change([change('CREATE', 'a', 'TXT', ...text)]);
    },
  ],
  [
    'SOA can be replaced, but neither SOA nor NS deleted',
    async (side) => {
      const [ns, soa] = (await side.list({ maxItems: 2 })).sets;
      expect([ns?.type, soa?.type]).toEqual(['NS', 'SOA']);
      const values = soa!.values.map((value) => value.replace(/\d+$/, '10'));
      await side.change([{ action: 'UPSERT', set: { ...soa!, ttl: 10, values } }]);
      side.clock.nowMs += 1000;
      expect((await side.list({ maxItems: 2 })).sets[1]).toEqual({ ...soa!, ttl: 10, values });
      expect(await refusal(side.change([{ action: 'DELETE', set: { ...soa!, ttl: 10, values } }]))).toContain(
        'SOA record',
      );
      expect(await refusal(side.change([{ action: 'DELETE', set: ns! }]))).toContain(
        'at least one NS record',
      );
    },
  ],
  [
    'pages in the order of reversed names, from a name and a type',
    async (side) => {
      const names = ['b', 'a.b', 'b-1', 'a'];
      await side.change([
        ...names.map((name) => change('CREATE', name, 'A', '10.0.0.1')),
        change('CREATE', 'b', 'TXT', '"x"'),
      ]);
      side.clock.nowMs += 1000;
      const all: string[] = [];
      for (
        let next: readonly (string | undefined)[] = [`A.${ZONE_NAME}`.toUpperCase(), 'A'], pages = 0;
        next[0];
        pages += 1
      ) {
        side.clock.nowMs += 1000;
        const page = await side.list({ startName: next[0], startType: next[1] ?? 'A', maxItems: 2 });
        expect(page.maxItems).toBe(2);
        expect(pages).toBeLessThan(3);
        all.push(...page.sets.map((set) => `${set.name.replace(`.${ZONE_NAME}`, '')} ${set.type}`));
        next = page.next;
      }
      expect(all).toEqual(['a A', 'b-1 A', 'b A', 'b TXT', 'a.b A']);
    },
  ],
  [
    'bad wishes for a page',
    async (side) => {
      expect(await refusal(side.list({ startType: 'A' }))).toMatch(/^InvalidInput/);
      expect(await refusal(side.list({ startName: 'a..b' }))).toMatch(/^InvalidInput/);
      expect(await refusal(side.list({ maxItems: 0 }))).toMatch(/^InvalidInput/);
      expect((await side.list({ maxItems: 1000 })).maxItems).toBe(300);
    },
  ],
  [
    'an escaped name comes back escaped',
    async (side) => {
      await side.change([change('CREATE', '*', 'A', '10.0.0.1')]);
      expect((await side.list({ startName: `*.${ZONE_NAME}` })).sets.map((set) => set.name)).toEqual([
        `\\052.${ZONE_NAME}`,
      ]);
    },
  ],
  [
    'one batch at a time in a zone',
    async (side) => {
      await side.change([change('UPSERT', 'a', 'A', '10.0.0.1')]);
      expect(await refusal(side.change([change('UPSERT', 'a', 'A', '10.0.0.2')]))).toBe(
        'PriorRequestNotComplete: The request was rejected because Route 53 was still processing a prior request.',
      );
      side.clock.nowMs += 100;
      await side.change([change('UPSERT', 'a', 'A', '10.0.0.2')]);
    },
  ],
  [
    'five requests at once, then five a second',
    async (side) => {
      const outcomes = async (calls: number) => {
        const seen: string[] = [];
        for (let i = 0; i < calls; i += 1) seen.push(await refusal(side.getZone(side.zoneId)));
        return seen.map((outcome) => outcome.replace('[object Object]', 'accepted'));
      };
      expect(await outcomes(6)).toEqual([...Array<string>(5).fill('accepted'), 'Throttling: Rate exceeded']);
      side.clock.nowMs += 400;
      expect(await outcomes(3)).toEqual(['accepted', 'accepted', 'Throttling: Rate exceeded']);
    },
  ],
  [
    'zones and changes that are not there',
    async (side) => {
      expect(await refusal(side.getZone('Z0000000000000'))).toMatch(/^NoSuchHostedZone/);
      expect(await refusal(side.getChange('C9999999999999'))).toMatch(/^NoSuchChange/);
    },
  ],
  [
    'a zone says how many sets it has',
    async (side) => {
      await side.change([change('CREATE', 'a', 'A', '10.0.0.1')]);
      const zone = { id: side.zoneId, name: ZONE_NAME, private: true, setCount: 3 };
      expect(await side.getZone(side.zoneId)).toEqual(zone);
      expect(await side.zonesByName('suite.internal')).toContainEqual(zone);
      expect(await side.zonesByName('suite.internal', side.zoneId)).toContainEqual(zone);
    },
  ],
];

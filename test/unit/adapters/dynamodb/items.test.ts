/** Items read tolerantly: what a newer version added is ignored, what an older one lacked has its default. */
import { describe, expect, it } from '@jest/globals';
import { fromSettings, toSettings } from '../../../../functions/adapters/dynamodb/items/cluster-item.ts';
import {
  fromDecision,
  timeOfDecisionId,
  toDecision,
} from '../../../../functions/adapters/dynamodb/items/decision-item.ts';
import {
  fromDirectoryHead,
  fromName,
  toDirectoryHead,
  toName,
} from '../../../../functions/adapters/dynamodb/items/directory-items.ts';
import {
  fromHost,
  fromLease,
  toHost,
  toLease,
} from '../../../../functions/adapters/dynamodb/items/host-items.ts';
import {
  fromHead,
  fromRevision,
  fromService,
  toHead,
  toRevision,
  toService,
} from '../../../../functions/adapters/dynamodb/items/stack-items.ts';
import {
  fromManifest,
  fromReport,
  toManifest,
  toReport,
} from '../../../../functions/adapters/dynamodb/items/task-items.ts';
import { fieldsOf } from '../../../../functions/adapters/dynamodb/table/fields.ts';
import type { Item } from '../../../../functions/adapters/dynamodb/table/fields.ts';
import { DEFAULT_SETTINGS } from '../../../../functions/core/model/cluster.ts';
import { NOON_MS } from '../../../support/fake-clock.ts';
import {
  aDecision,
  aDirectoryHead,
  aDirectoryName,
  aHead,
  aHost,
  aLease,
  aManifest,
  aReport,
  aRevision,
  aServiceState,
} from '../../../support/stored-rows.ts';

const V1 = { version: 1 };
/** Kind, item, how it is read, what must come out. */
const KINDS: readonly (readonly [string, Item, (item: Item) => unknown, unknown])[] = [
  ['settings', fromSettings(DEFAULT_SETTINGS, 1), toSettings, DEFAULT_SETTINGS],
  ['stack head', fromHead(aHead(), 1), toHead, aHead(V1)],
  ['revision', fromRevision(aRevision()), toRevision, aRevision()],
  ['service state', fromService(aServiceState(), 1), toService, aServiceState(V1)],
  ['host', fromHost(aHost(), 1), toHost, aHost(V1)],
  ['lease', fromLease(aLease()), toLease, aLease()],
  ['manifest', fromManifest(aManifest(), 1), toManifest, aManifest(V1)],
  ['report', fromReport(aReport(), 1), toReport, aReport(V1)],
  ['directory head', fromDirectoryHead(aDirectoryHead(), 1), toDirectoryHead, aDirectoryHead(V1)],
  ['directory name', fromName(aDirectoryName(), 1), toName, aDirectoryName(V1)],
  ['decision', fromDecision(aDecision()), toDecision, aDecision()],
];

/** Something unknown in every map of the item, at every depth. */
const fromNewerVersion = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(fromNewerVersion);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).map(([key, inner]) => [key, fromNewerVersion(inner)]);
  return { ...Object.fromEntries(known), addedLater: { deep: true } };
};
/** Maps by a name of their own (slots, tasks, digests): an unknown key there would be an entry, not a field. */
const OPEN_MAPS = ['slots', 'tasks', 'digests'];
const newer = (item: Item): Item =>
  Object.fromEntries([
    ...Object.entries(item).map(([key, value]) => [
      key,
      OPEN_MAPS.includes(key) && !Array.isArray(value) ? value : fromNewerVersion(value),
    ]),
    ['addedLater', 1],
  ]) as Item;

describe('stored items', () => {
  it.each(KINDS)('%s: comes back as it was', (_, item, read, wanted) => {
    expect(read(item)).toEqual(wanted);
  });

  it.each(KINDS)('%s: ignores what a newer version added', (_, item, read, wanted) => {
    expect(read(newer(item))).toEqual(wanted);
  });

  it.each(KINDS)('%s: names what is missing', (_, item, read) => {
    const { pk, sk } = item;
    expect(() => read({ pk, sk })).toThrow(`stored item ${String(pk)}/${String(sk)}`);
  });

  it('gives settings that an older version did not store their defaults', () => {
    const { pollMs, drainDeadlineMs, ...older } = fromSettings({ ...DEFAULT_SETTINGS, beatMs: 5_000 }, 1);
    expect([pollMs, drainDeadlineMs]).not.toContain(undefined);
    expect(toSettings(older)).toEqual({ ...DEFAULT_SETTINGS, beatMs: 5_000 });
  });

  it('keeps its keys whatever the row itself is called', () => {
    expect(fromHead(aHead({ name: 'shop' }), 3)).toMatchObject({ pk: 'STACKS', sk: 'META#shop', version: 3 });
    expect(fromService(aServiceState(), 1)).toMatchObject({ pk: 'STACKS', sk: 'SVC#shop#web' });
    expect(fromRevision(aRevision({ number: 42 }))).toMatchObject({ pk: 'STACK#shop', sk: 'REV#00000042' });
    expect(fromHost(aHost(), 1)).toMatchObject({ pk: 'HOSTS#0', sk: 'META#h-aaaaaaaaaa' });
    expect(fromManifest(aManifest(), 1)).toMatchObject({ pk: 'HOSTS#0', sk: 'MANIFEST#h-aaaaaaaaaa' });
    expect(fromReport(aReport(), 1)).toMatchObject({ pk: 'HOSTS#0', sk: 'REPORT#h-aaaaaaaaaa' });
    expect(fromLease(aLease())).toMatchObject({ pk: 'HOSTS#0', sk: 'LEASE#h-aaaaaaaaaa' });
    expect(fromDirectoryHead(aDirectoryHead(), 1)).toMatchObject({ pk: 'DNS', sk: 'HEAD' });
    expect(fromName(aDirectoryName(), 1)).toMatchObject({ pk: 'DNS', sk: 'NAME#web.shop' });
    expect(fromDecision(aDecision())).toMatchObject({ pk: 'EVENT#20261122', sk: aDecision().id });
  });
});

describe('a decision', () => {
  it('expires 30 days after its time, in the seconds that the table’s TTL wants', () => {
    expect(fromDecision(aDecision()).expiresAt).toBe(NOON_MS / 1000 + 30 * 86_400);
  });
  it('stays when it is of the audit kind', () => {
    expect(fromDecision(aDecision({ audit: true }))).not.toHaveProperty('expiresAt');
    expect(toDecision(fromDecision(aDecision({ audit: true }))).audit).toBe(true);
  });
  it('is kept by the time in its id, and an id without one is refused', () => {
    expect(timeOfDecisionId(aDecision().id)).toBe(NOON_MS);
    for (const id of ['', 'x', '!!!!!!!!!-1', aDecision().id.replace('-', '')])
      expect(timeOfDecisionId(id)).toBeNaN();
  });
});

describe('fields', () => {
  const fields = fieldsOf({ pk: 'A', sk: 'B', wrong: 5, list: [{}, 7], none: null });
  it('refuse a value of another type, by item and name', () => {
    expect(() => fields.text('wrong')).toThrow('stored item A/B has no usable "wrong"');
    expect(() => fields.object('wrong')).toThrow('A/B.wrong is not a map');
    expect(() => fields.list('list', (item) => item)).toThrow('A/B.list[1] is not a map');
  });
  it('take null for absent', () => {
    expect(fields.textOrNull('none')).toBeNull();
    expect(fields.has('none')).toBe(false);
    expect(fields.list('missing', (item) => item)).toEqual([]);
    expect(fields.record('missing', (item) => item)).toEqual({});
  });
});

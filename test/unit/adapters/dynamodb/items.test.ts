/** Items read tolerantly: what a newer version added is ignored, what an older one lacked has its default. */
import { describe, expect, it } from '@jest/globals';
import {
  fromSettings,
  toChange,
  toSettings,
} from '../../../../functions/adapters/dynamodb/items/cluster-item.ts';
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
  fromPoint,
  fromScale,
  toPoint,
  toScale,
} from '../../../../functions/adapters/dynamodb/items/scale-items.ts';
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
  aPoint,
  aReport,
  aRevision,
  aScale,
  aServiceState,
} from '../../../support/stored-rows.ts';

const V1 = { version: 1 };
/** Kind, item, how it is read, what must come out. */
const KINDS: readonly (readonly [string, Item, (item: Item) => unknown, unknown])[] = [
  ['settings', fromSettings(DEFAULT_SETTINGS, null, 1), toSettings, DEFAULT_SETTINGS],
  ['stack head', fromHead(aHead(), 1), toHead, aHead(V1)],
  ['revision', fromRevision(aRevision()), toRevision, aRevision()],
  ['service state', fromService(aServiceState(), 1), toService, aServiceState(V1)],
  ['scale', fromScale(aScale(), 1), toScale, aScale(V1)],
  ['point of a time line', fromPoint(aPoint()), toPoint, aPoint()],
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
    const { pollMs, drainDeadlineMs, ...older } = fromSettings(
      { ...DEFAULT_SETTINGS, beatMs: 5_000 },
      null,
      1,
    );
    expect([pollMs, drainDeadlineMs]).not.toContain(undefined);
    expect(toSettings(older)).toEqual({ ...DEFAULT_SETTINGS, beatMs: 5_000 });
  });

  it('gives back the last change of settings, none where an older version stored them, and an operator as the cause of its drains', () => {
    const change = { number: 2, atMs: NOON_MS, message: 'pollMs = 1000, by tester' };
    expect(toChange(fromSettings(DEFAULT_SETTINGS, change, 1))).toEqual(change);
    const { change: none, ...older } = fromSettings(DEFAULT_SETTINGS, null, 1);
    expect([none, toChange(older)]).toEqual([null, null]);
    const drained = fromHost(aHost(), 1);
    const { cause, ...before } = drained.drain as Item;
    expect(cause).toBe('silent-docker');
    expect(toHost({ ...drained, drain: before }).drain?.cause).toBe('asked');
  });

  it('keeps its keys whatever the row itself is called', () => {
    expect(fromHead(aHead({ name: 'shop' }), 3)).toMatchObject({ pk: 'STACKS', sk: 'META#shop', version: 3 });
    expect(fromService(aServiceState(), 1)).toMatchObject({ pk: 'STACKS', sk: 'SVC#shop#web' });
    expect(fromRevision(aRevision({ number: 42 }))).toMatchObject({ pk: 'STACK#shop', sk: 'REV#00000042' });
    expect(fromScale(aScale(), 1)).toMatchObject({ pk: 'STACKS', sk: 'SCALE#shop#web', version: 1 });
    expect(fromPoint(aPoint())).toMatchObject({ pk: 'SCALE#shop#web', sk: `00${NOON_MS}` });
    expect(fromHost(aHost(), 1)).toMatchObject({ pk: 'HOSTS#0', sk: 'META#h-aaaaaaaaaa' });
    expect(fromManifest(aManifest(), 1)).toMatchObject({ pk: 'HOSTS#0', sk: 'MANIFEST#h-aaaaaaaaaa' });
    expect(fromReport(aReport(), 1)).toMatchObject({ pk: 'HOSTS#0', sk: 'REPORT#h-aaaaaaaaaa' });
    expect(fromLease(aLease())).toMatchObject({ pk: 'HOSTS#0', sk: 'LEASE#h-aaaaaaaaaa' });
    expect(fromDirectoryHead(aDirectoryHead(), 1)).toMatchObject({ pk: 'DNS', sk: 'HEAD' });
    expect(fromName(aDirectoryName(), 1)).toMatchObject({ pk: 'DNS', sk: 'NAME#web.shop' });
    expect(fromDecision(aDecision())).toMatchObject({ pk: 'EVENT#20261122', sk: aDecision().id });
  });
});

describe('a point of a time line', () => {
  it('expires 14 days after its time', () => {
    expect(fromPoint(aPoint())['expiresAt']).toBe(NOON_MS / 1000 + 14 * 86_400);
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

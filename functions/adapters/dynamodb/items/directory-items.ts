/** What was applied to the zone <-> items: the head, and one item per owner of records. */
import type {
  DirectoryHead,
  DirectoryName,
  PendingChange,
  RecordSet,
  RecordType,
  TaskEntry,
} from '../../../core/model/directory.ts';
import { DIRECTORY_HEAD, nameKey } from '../table/keys.ts';
import { fieldsOf } from '../table/fields.ts';
import type { Fields, Item } from '../table/fields.ts';
import type { Key } from '../table/table.ts';

export const fromDirectoryHead = (head: DirectoryHead, version: number): Item & Key => ({
  ...head,
  ...DIRECTORY_HEAD,
  version,
});

export const toDirectoryHead = (item: Item): DirectoryHead => {
  const fields = fieldsOf(item);
  return {
    plan: fields.number('plan'),
    pending: fields.list('pending', toPending),
    soaTtlSeconds: fields.numberOrNull('soaTtlSeconds'),
    unsure: fields.flag('unsure', false),
    version: fields.number('version'),
  };
};

const toPending = (fields: Fields): PendingChange => ({
  changeId: fields.text('changeId'),
  plan: fields.number('plan'),
  submittedAtMs: fields.number('submittedAtMs'),
});

export const fromName = (name: DirectoryName, version: number): Item & Key => ({
  ...name,
  ...nameKey(name.owner),
  version,
});

export const toName = (item: Item): DirectoryName => {
  const fields = fieldsOf(item);
  return {
    owner: fields.text('owner'),
    records: fields.list('records', toRecord),
    tasks: fields.record('tasks', toTaskEntry),
    version: fields.number('version'),
  };
};

const toRecord = (fields: Fields): RecordSet => ({
  name: fields.text('name'),
  type: fields.text('type') as RecordType,
  ttlSeconds: fields.number('ttlSeconds'),
  values: fields.texts('values'),
});

const toTaskEntry = (fields: Fields): TaskEntry => ({
  state: fields.text('state') as TaskEntry['state'],
  plan: fields.number('plan'),
  ttlSeconds: fields.number('ttlSeconds'),
  ...(fields.has('outAtMs') ? { outAtMs: fields.number('outAtMs') } : {}),
  ...(fields.has('final') ? { final: fields.flag('final', false) } : {}),
  serving: fields.flag('serving', false),
});

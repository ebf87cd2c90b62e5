/** Stack heads, revisions and service states <-> items. */
import { hostId } from '../../../core/model/ids.ts';
import type { RolloutState, ServiceState, SlotMemory, StackHead } from '../../../core/model/stack.ts';
import { InvalidInputError, UnreadableError } from '../../../usecases/errors.ts';
import type { StoredRevision } from '../../../usecases/ports.ts';
import { revisionKey, serviceKey, stackKey } from '../table/keys.ts';
import { fieldsOf } from '../table/fields.ts';
import type { Fields, Item } from '../table/fields.ts';
import type { Key } from '../table/table.ts';

/** DynamoDB's limit is 400 KB an item; the rest is room for what later versions add to a revision. */
export const REVISION_MAX_BYTES = 350 * 1024;

export const fromHead = (head: StackHead, version: number): Item & Key => ({
  ...head,
  ...stackKey(head.name),
  version,
});

export const toHead = (item: Item): StackHead => {
  const fields = fieldsOf(item);
  return {
    name: fields.text('name'),
    wanted: fields.text('wanted') as StackHead['wanted'],
    revision: fields.number('revision'),
    digest: fields.text('digest'),
    updatedAtMs: fields.number('updatedAtMs'),
    updatedBy: fields.text('updatedBy'),
    version: fields.number('version'),
  };
};

/**
 * The spec is stored as text: it comes back as it was, whatever keys its maps have (DynamoDB refuses empty ones).
 * Throws InvalidInputError when the revision is larger than we store.
 */
export const fromRevision = ({ spec, ...revision }: StoredRevision): Item & Key => {
  const specText = JSON.stringify(spec);
  const bytes = Buffer.byteLength(specText) + Buffer.byteLength(JSON.stringify(revision));
  if (bytes > REVISION_MAX_BYTES) throw tooLarge(revision.stack, bytes);
  return { ...revision, spec: specText, ...revisionKey(revision.stack, revision.number), version: 1 };
};

const tooLarge = (stack: string, bytes: number): InvalidInputError =>
  new InvalidInputError(`stack ${stack} is too large to be stored`, [
    {
      path: '',
      message: `a revision may have ${REVISION_MAX_BYTES} bytes, this one has ${bytes}`,
      remedy: 'split the file into several stacks, or move long values out of environment and labels',
    },
  ]);

export const toRevision = (item: Item): StoredRevision => {
  const fields = fieldsOf(item);
  return {
    stack: fields.text('stack'),
    number: fields.number('number'),
    spec: parseSpec(fields.text('spec'), `${String(item.pk)}/${String(item.sk)}`),
    digests: fields.textRecord('digests'),
    digest: fields.text('digest'),
    createdAtMs: fields.number('createdAtMs'),
    createdBy: fields.text('createdBy'),
  };
};

function parseSpec(text: string, where: string): StoredRevision['spec'] {
  try {
    return JSON.parse(text) as StoredRevision['spec'];
  } catch (cause) {
    throw new UnreadableError(`stored item ${where} has no usable "spec"`, { cause });
  }
}

export const fromService = (state: ServiceState, version: number): Item & Key => ({
  ...state,
  ...serviceKey(state.stack, state.service),
  version,
});

export const toService = (item: Item): ServiceState => {
  const fields = fieldsOf(item);
  const reached = fields.numberOrNull('reached');
  return {
    stack: fields.text('stack'),
    service: fields.text('service'),
    revision: fields.number('revision'),
    digest: fields.text('digest'),
    replicas: fields.number('replicas'),
    ...(fields.has('scaling') ? { scaling: toScaling(fields.object('scaling')) } : {}),
    state: fields.text('state') as RolloutState,
    reason: fields.text('reason', ''),
    progressAtMs: fields.number('progressAtMs'),
    ...(reached === null ? {} : { reached }),
    running: fields.number('running', 0),
    healthy: fields.number('healthy', 0),
    slots: fields.record('slots', toSlot),
    version: fields.number('version'),
  };
};

const toScaling = (fields: Fields): NonNullable<ServiceState['scaling']> => ({
  by: fields.text('by') as NonNullable<ServiceState['scaling']>['by'],
  min: fields.number('min'),
  max: fields.number('max'),
});

const toSlot = (fields: Fields): SlotMemory => ({
  failures: fields.number('failures', 0),
  retryAtMs: fields.number('retryAtMs', 0),
  reason: fields.text('reason', ''),
  ...(fields.has('host') ? { host: hostId(fields.text('host')) } : {}),
});

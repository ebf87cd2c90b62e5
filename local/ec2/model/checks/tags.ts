/** Tags, as EC2 checks them (User Guide, "Tag your resources", restrictions). */
import type { Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { Ec2Error, invalidValue } from '../errors.ts';
import { TAG_KEY_LENGTH_MAX, TAG_VALUE_LENGTH_MAX, TAGS_MAX } from '../limits.ts';

export type Tags = ReadonlyMap<string, string>;

export const NO_TAGS: Tags = new Map();

/** What RunInstances can tag in the same call. */
export const LAUNCH_TAGGABLE = ['instance', 'volume', 'network-interface'] as const;
export type Taggable = (typeof LAUNCH_TAGGABLE)[number];

/** Only EC2 itself writes keys of this kind; they do not count. */
const RESERVED = 'aws:';

/** @throws Ec2Error InvalidParameterValue for a key or value that EC2 refuses. */
export function toTags(list: readonly Tag[]): Tags {
  const tags = new Map<string, string>();
  for (const { Key: key = '', Value: value = '' } of list) {
    if (key === '') throw invalidValue('Tag key cannot be null or empty');
    if (key.toLowerCase().startsWith(RESERVED))
      throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use");
    if (key.length > TAG_KEY_LENGTH_MAX)
      throw invalidValue(`Tag key exceeds the maximum length of ${TAG_KEY_LENGTH_MAX} characters`);
    if (value.length > TAG_VALUE_LENGTH_MAX)
      throw invalidValue(`Tag value exceeds the maximum length of ${TAG_VALUE_LENGTH_MAX} characters`);
    if (/\p{Cc}/u.test(key + value)) throw invalidValue('Tag contains invalid characters');
    if (tags.has(key)) throw invalidValue(`Duplicate tag key '${key}' specified.`);
    tags.set(key, value);
  }
  return tags;
}

/** Adds tags to what a resource has. @throws Ec2Error TagLimitExceeded past 50, EC2's own ones not counted. */
export function addTags(present: Tags, added: Tags): Tags {
  const all = new Map([...present, ...added]);
  if ([...all.keys()].filter((key) => !key.startsWith(RESERVED)).length > TAGS_MAX)
    throw new Ec2Error(
      'TagLimitExceeded',
      `You've reached the limit of ${TAGS_MAX} tags that you can assign to the specified resource.`,
    );
  return all;
}

/** Tags by kind of resource. @throws Ec2Error for a kind that cannot be tagged at launch, or a kind given twice. */
export function toTagsByKind(specifications: readonly TagSpecification[]): Readonly<Record<Taggable, Tags>> {
  const byKind = new Map<Taggable, Tags>();
  for (const { ResourceType: written, Tags: tags = [] } of specifications) {
    const kind = LAUNCH_TAGGABLE.find((known) => known === written);
    if (kind === undefined)
      throw invalidValue(`'${written ?? ''}' is not a valid taggable resource type for this operation.`);
    if (byKind.has(kind))
      throw invalidValue('The same resource type may not be specified more than once in tag specifications');
    if (tags.length === 0) throw invalidValue('Tag specification must have at least one tag');
    byKind.set(kind, toTags(tags));
  }
  const of = (kind: Taggable) => byKind.get(kind) ?? NO_TAGS;
  return { instance: of('instance'), volume: of('volume'), 'network-interface': of('network-interface') };
}

/** Tags that the metadata service hands out become parts of paths (User Guide, "View tags using instance metadata"). */
export function checkMetadataTags(tags: Tags): void {
  for (const key of tags.keys()) {
    if (key.startsWith(RESERVED)) continue;
    if (!/^[0-9a-zA-Z\-_+=,.@:]{1,255}$/.test(key) || ['.', '..', '_index'].includes(key))
      throw invalidValue(
        `'${key}' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{1,255}), ` +
          "and must not be a reserved name ('.', '..', '_index')",
      );
  }
}

export function toTagList(tags: Tags): Tag[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** Filters of describe calls (User Guide, "Filter your resources"): all of them must match, by any of their values. */
import type { Filter } from '@aws-sdk/client-ec2';
import { Ec2Error, invalidValue } from '../errors.ts';
import { FILTER_VALUES_MAX } from '../limits.ts';
import type { Tags } from './tags.ts';

/** What a filter looks at: the values that a thing has under its name. */
export type FilterTable<T> = Readonly<Record<string, (thing: T) => readonly (string | undefined)[]>>;

/**
 * @param tagsOf when the kind of thing has tags: `tag:KEY` and `tag-key` are understood then.
 * @throws Ec2Error InvalidParameterValue for a filter that is not in the table, FilterLimitExceeded for too many values.
 */
export function toPredicate<T>(
  filters: readonly Filter[],
  table: FilterTable<T>,
  tagsOf?: (thing: T) => Tags,
): (thing: T) => boolean {
  if (filters.reduce((sum, filter) => sum + (filter.Values?.length ?? 0), 0) > FILTER_VALUES_MAX)
    throw new Ec2Error(
      'FilterLimitExceeded',
      `The maximum number of filter values specified on a single call is ${FILTER_VALUES_MAX}`,
    );
  const tests = filters.map(({ Name: name = '', Values: values = [] }) => {
    const look = lookup(name, table, tagsOf);
    if (look === undefined) throw invalidValue(`The filter '${name}' is invalid`);
    if (values.length === 0) throw invalidValue(`The filter '${name}' has no values`);
    const patterns = values.map(toPattern);
    return (thing: T) =>
      look(thing).some((value) => value !== undefined && patterns.some((pattern) => pattern.test(value)));
  });
  return (thing) => tests.every((test) => test(thing));
}

function lookup<T>(
  name: string,
  table: FilterTable<T>,
  tagsOf: ((thing: T) => Tags) | undefined,
): ((thing: T) => readonly (string | undefined)[]) | undefined {
  if (tagsOf !== undefined && name.startsWith('tag:')) return (thing) => [tagsOf(thing).get(name.slice(4))];
  if (tagsOf !== undefined && name === 'tag-key') return (thing) => [...tagsOf(thing).keys()];
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** `*` is any run of characters, `?` any one, a backslash takes the meaning away. */
function toPattern(value: string): RegExp {
  const source = value.replace(
    /\\([*?\\])|([*?])|([.+^${}()|[\]\\])/g,
    (_all, literal: string, wild: string, special) =>
      literal ? `\\${literal}` : wild === '*' ? '.*' : wild === '?' ? '.' : `\\${String(special)}`,
  );
  return new RegExp(`^${source}$`, 's');
}

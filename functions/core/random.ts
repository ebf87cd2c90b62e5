/** Chance that can be replayed: everything that varies comes from a seed text, through FNV-1a and a 32-bit mixer. */

/** 32-bit FNV-1a of the text, mixed (murmur3's finalizer) so that near texts give far numbers. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** `length` characters of a-z0-9 from the seed. */
export function token(seed: string, length: number): string {
  let text = '';
  for (let block = 0; text.length < length; block += 1) {
    text += hash32(`${seed}/${block}`).toString(36).padStart(7, '0').slice(-6);
  }
  return text.slice(0, length);
}

/** The items in an order that the seed decides; equal seeds give equal orders, whatever the order of the input. */
export function shuffled<T>(items: readonly T[], key: (item: T) => string, seed: string): T[] {
  return items
    .map((item) => ({ item, key: key(item), rank: hash32(`${seed}/${key(item)}`) }))
    .sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}

/**
 * Makes lists with the same members one and the same list, so that what was made of it can be remembered by it
 * (`perObject`). Members are compared by identity: rows and views never change. The empty list is handed back as it is.
 */
export function sameList<Item extends object>(): (list: readonly Item[]) => readonly Item[] {
  const known = new WeakMap<Item, readonly Item[]>();
  return (list) => {
    const [first] = list;
    if (first === undefined) return list;
    const before = known.get(first);
    if (before !== undefined && isSameList(before, list)) return before;
    known.set(first, list);
    return list;
  };
}

/** The same members, by identity, in the same order. */
export const isSameList = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((item, index) => item === other[index]);

/** A list that keeps its newest entries: what tests read back of what happened. */
export interface Ring<T> {
  add(entry: T): void;
  /** Oldest first. */
  entries(): readonly T[];
}

export function createRing<T>(kept: number): Ring<T> {
  let entries: T[] = [];
  return {
    add(entry) {
      entries.push(entry);
      // Cut in halves, not one by one: shifting a long array for each query would cost more than the answer.
      if (entries.length >= 2 * kept) entries = entries.slice(-kept);
    },
    entries: () => entries.slice(-kept),
  };
}

/**
 * The hosts that fit, a binary heap for each leaf of the spread, side by side in one array: the best of each leaf is at the
 * top of its heap. The arrays are made once a plan and used again for each group.
 */
export interface HeapArrays {
  /** Hosts by place, leaf after leaf. */
  readonly order: Int32Array;
  /** Place of each host in its heap; -1: it is in none. */
  readonly places: Int32Array;
}

export const heapArrays = (hosts: number): HeapArrays => ({
  order: new Int32Array(hosts),
  places: new Int32Array(hosts),
});

const at = (values: Int32Array, index: number): number => values[index] ?? 0;
const add = (values: Int32Array, index: number, by: number): void => {
  values[index] = at(values, index) + by;
};

export interface HostHeaps extends HeapArrays {
  readonly leafOf: Int32Array;
  readonly starts: Int32Array;
  readonly sizes: Int32Array;
  /** Negative: the first host comes first. Both of one leaf. */
  readonly compare: (a: number, b: number) => number;
}

export function createHeaps(
  arrays: HeapArrays,
  { leafOf, leaves, verdict }: { leafOf: Int32Array; leaves: number; verdict: Uint8Array },
  compare: HostHeaps['compare'],
): HostHeaps {
  const { order, places } = arrays;
  const sizes = new Int32Array(leaves);
  const starts = new Int32Array(leaves + 1);
  for (let host = 0; host < verdict.length; host += 1)
    if (verdict[host] === 0) add(starts, at(leafOf, host) + 1, 1);
  for (let leaf = 0; leaf < leaves; leaf += 1) add(starts, leaf + 1, at(starts, leaf));
  for (let host = 0; host < verdict.length; host += 1) {
    if (verdict[host] !== 0) {
      places[host] = -1;
      continue;
    }
    const leaf = at(leafOf, host);
    const place = at(sizes, leaf);
    sizes[leaf] = place + 1;
    order[at(starts, leaf) + place] = host;
    places[host] = place;
  }
  const heaps: HostHeaps = { order, places, leafOf, starts, sizes, compare };
  for (let leaf = 0; leaf < leaves; leaf += 1)
    for (let place = (at(sizes, leaf) >> 1) - 1; place >= 0; place -= 1) down(heaps, leaf, place);
  return heaps;
}

/** The host at that place from the top: 0 is the best, 1 and 2 are those below it. -1: there is none. */
export function heapAt({ order, starts, sizes }: HostHeaps, leaf: number, place: number): number {
  return place < at(sizes, leaf) ? at(order, at(starts, leaf) + place) : -1;
}

/** Something of the host has changed, for better or worse. */
export function heapMoved(heaps: HostHeaps, host: number): void {
  const place = at(heaps.places, host);
  if (place < 0) return;
  const leaf = at(heaps.leafOf, host);
  up(heaps, leaf, place);
  down(heaps, leaf, at(heaps.places, host));
}

/** It fits no more. */
export function heapRemove(heaps: HostHeaps, host: number): void {
  const { order, places, starts, sizes } = heaps;
  const place = at(places, host);
  if (place < 0) return;
  const leaf = at(heaps.leafOf, host);
  add(sizes, leaf, -1);
  places[host] = -1;
  const last = at(order, at(starts, leaf) + at(sizes, leaf));
  if (last === host) return;
  order[at(starts, leaf) + place] = last;
  places[last] = place;
  heapMoved(heaps, last);
}

function up({ order, places, starts, compare }: HostHeaps, leaf: number, from: number): void {
  const start = at(starts, leaf);
  const host = at(order, start + from);
  let place = from;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const other = at(order, start + above);
    if (compare(host, other) >= 0) break;
    order[start + place] = other;
    places[other] = place;
    place = above;
  }
  order[start + place] = host;
  places[host] = place;
}

function down({ order, places, starts, sizes, compare }: HostHeaps, leaf: number, from: number): void {
  const start = at(starts, leaf);
  const size = at(sizes, leaf);
  const host = at(order, start + from);
  let place = from;
  for (;;) {
    let below = 2 * place + 1;
    if (below >= size) break;
    if (below + 1 < size && compare(at(order, start + below + 1), at(order, start + below)) < 0) below += 1;
    const other = at(order, start + below);
    if (compare(other, host) >= 0) break;
    order[start + place] = other;
    places[other] = place;
    place = below;
  }
  order[start + place] = host;
  places[host] = place;
}

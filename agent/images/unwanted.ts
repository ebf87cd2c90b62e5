/**
 * Which images may go when the disk fills: those that Berth itself pulled, that no assigned task and no container has
 * wanted for a while, the longest unwanted first, a few at a time. What people pulled, built or loaded is theirs.
 */
export interface PulledImage {
  /** When it was last pulled for, wanted by an assignment, or behind a container. */
  readonly wantedAtMs: number;
}

/** By reference, as the manifest names them: images that were not here before Berth pulled them. */
export type PulledImages = Readonly<Record<string, PulledImage>>;

/** The kubelet begins at 85 %; hosts here share one small disk with logs. */
export const DISK_FULL_PERCENT = 80;
/** Younger ones are kept whatever the disk says: a roll-back may want them at once. */
export const UNWANTED_AGE_MS = 600_000;

/** The memory with what is wanted now; the same object when nothing changed for longer than a minute. */
export function noteWanted(pulled: PulledImages, wanted: ReadonlySet<string>, nowMs: number): PulledImages {
  const due = Object.entries(pulled).filter(
    ([image, { wantedAtMs }]) => wanted.has(image) && Math.abs(nowMs - wantedAtMs) >= NOTED_EVERY_MS,
  );
  if (due.length === 0) return pulled;
  return { ...pulled, ...Object.fromEntries(due.map(([image]) => [image, { wantedAtMs: nowMs }])) };
}
/** Half of the age, so that a note that is late does not make an image in use look old. */
const NOTED_EVERY_MS = UNWANTED_AGE_MS / 2;

export function unwantedImages(
  pulled: PulledImages,
  wanted: ReadonlySet<string>,
  at: { readonly diskPercent: number; readonly nowMs: number },
): string[] {
  if (at.diskPercent < DISK_FULL_PERCENT) return [];
  const all = Object.entries(pulled);
  return all
    .filter(([image, { wantedAtMs }]) => !wanted.has(image) && at.nowMs - wantedAtMs >= UNWANTED_AGE_MS)
    .sort(([a, { wantedAtMs: first }], [b, { wantedAtMs: second }]) => first - second || (a < b ? -1 : 1))
    .slice(0, Math.max(1, Math.floor(all.length / 10)))
    .map(([image]) => image);
}

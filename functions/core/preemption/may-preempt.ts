/** Whether a task may take the room of others: as its file says, and only if its own is worth it. */
import { replicaKey } from '../model/ids.ts';
import { DEFAULT_PREEMPT } from '../model/placement.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { SlotMemory } from '../model/stack.ts';
import { FAILURES_MAX } from '../rollout/decide-service.ts';
import { rulesOf, type TaskNeeds } from '../scheduling/needs.ts';
import { keyOf, type RoomsInput } from './make-rooms.ts';

/** While many hosts are silent at once nobody knows what is missing, and nothing is taken away. */
export const isFrozen = ({ hosts }: Pick<Snapshot, 'hosts'>): boolean =>
  hosts.some(({ host }) => host.silence?.frozen === true);

/** @param memoryOf of the replica's slot: one whose tasks fail again and again would only empty the room once more */
export function mayPreempt(
  snapshot: Pick<Snapshot, 'hosts' | 'offerings' | 'settingsChange'>,
  memoryOf: (needs: TaskNeeds) => SlotMemory | undefined,
): RoomsInput['may'] {
  const frozen = isFrozen(snapshot);
  const inVain = new Map(snapshot.offerings.inVain.map((one) => [one.replica, one]));
  // What was found before the operator changed the pools says nothing of them now.
  const sinceMs = snapshot.settingsChange?.atMs ?? 0;
  return (needs) => {
    const when = rulesOf(needs).preempt ?? DEFAULT_PREEMPT;
    if (frozen || when === 'never' || (memoryOf(needs)?.failures ?? 0) >= FAILURES_MAX)
      return { may: 'no', asksForHost: true };
    if (when === 'atOnce') return { may: 'now', asksForHost: false };
    const known = inVain.get(keyOf(needs));
    const comesNone = known !== undefined && known.digest === needs.digest && known.atMs >= sinceMs;
    return { may: comesNone ? 'now' : 'hostFirst', asksForHost: true };
  };
}

/** So many are remembered: those of the highest priority come first. */
export const IN_VAIN_MAX = 50;

/**
 * What is remembered of tasks for which no host can come, from what was: the same list if nothing changed.
 *
 * @param now tasks that would take the room of others, in the order of the plan
 */
export function noteInVain(
  { offerings, settingsChange }: Pick<Snapshot, 'offerings' | 'settingsChange'>,
  now: readonly TaskNeeds[],
  nowMs: number,
): Snapshot['offerings']['inVain'] {
  const before = offerings.inVain;
  const sinceMs = settingsChange?.atMs ?? 0;
  const next = now.slice(0, IN_VAIN_MAX).map(({ stack, service, slot, digest }) => {
    const replica = replicaKey(stack, service, slot);
    const known = before.find((one) => one.replica === replica && one.digest === digest);
    return known !== undefined && known.atMs >= sinceMs ? known : { replica, digest, atMs: nowMs };
  });
  const isSame = next.length === before.length && next.every((one, index) => one === before[index]);
  return isSame ? before : next;
}

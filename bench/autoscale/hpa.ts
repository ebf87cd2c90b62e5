/**
 * Kubernetes' HorizontalPodAutoscaler as a model to compare with: its defaults (autoscaling/v2), written anew from its
 * documented rules. Target 70 %, a mean over 15 s, tolerance 0.1, more at once up to max(double, +4) in 15 s, fewer only
 * down to the most of the last 300 s.
 */
import type { Decide } from '../../functions/core/simulation/replay.ts';

export const HPA = { targetPercent: 70, tolerance: 0.1, stabilizationMs: 300_000 } as const;

/** What it recommended, oldest first. */
export type HpaMemory = readonly { readonly atMs: number; readonly replicas: number }[];

export const hpa: Decide<HpaMemory> = (replicas, current, nowMs) => {
  const ready = replicas.filter(({ isReady }) => isReady);
  const used = ready.reduce((total, { usage }) => total + (usage[0] ?? 0), 0);
  const ratio = used / ready.length / HPA.targetPercent;
  const recommended =
    ready.length === 0 || Math.abs(ratio - 1) <= HPA.tolerance
      ? current.replicas
      : Math.max(1, Math.ceil(ratio * ready.length));
  const memory = [...current.memory, { atMs: nowMs, replicas: recommended }].filter(
    ({ atMs }) => atMs >= nowMs - HPA.stabilizationMs,
  );
  const wanted = settle(recommended, current.replicas, memory);
  return {
    replicas: wanted,
    direction: wanted > current.replicas ? 'out' : wanted < current.replicas ? 'in' : 'hold',
    reason: `${recommended} recommended`,
    memory,
  };
};

function settle(recommended: number, current: number, memory: HpaMemory): number {
  if (recommended > current) return Math.min(recommended, Math.max(2 * current, current + 4));
  return Math.min(current, Math.max(...memory.map(({ replicas }) => replicas)));
}

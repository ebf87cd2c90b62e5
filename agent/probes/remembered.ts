/**
 * Which memories of health still belong to what runs, and which probes are to be asked: pure.
 *
 * A memory lives with one run of a container. It goes when the run ends; one that is only a word (`run` is '') waits for
 * the run that said it. While Docker does not answer nothing is forgotten.
 */
import type { View } from '../loops/observe.ts';
import type { AgentState } from '../state-file.ts';
import { newProbe } from './probe-state.ts';
import { PASSING, runOf, type HealthMemory } from './task-health.ts';

export interface ProbedTask {
  readonly task: string;
  readonly run: string;
  readonly uses: readonly ('readiness' | 'liveness')[];
}

export interface Remembered {
  /** The same object as before when nothing changed. */
  readonly health: AgentState['health'];
  readonly probed: readonly ProbedTask[];
}

export function remembered(state: AgentState, view: View, nowMs: number): Remembered {
  const health: Record<string, HealthMemory> = {};
  const probed: ProbedTask[] = [];
  for (const { task, wanted, spec: key } of state.manifest?.assignments ?? []) {
    const { health: spec, socket } = state.manifest?.specs[key] ?? {};
    if (spec === undefined && socket !== true) continue;
    const before = state.health[task];
    const container = view.containers.get(task);
    if (container?.state !== 'running') {
      if (before !== undefined && (!view.answers || before.run === '')) health[task] = before;
      continue;
    }
    const run = runOf(container);
    const kept =
      before?.run === '' ? { ...before, run, sinceMs: nowMs } : before?.run === run ? before : undefined;
    // Healthy before it had this probe: it stays so until the probe says otherwise.
    const wasHealthy =
      before?.run !== '' && (before === undefined || kept !== undefined) && isHealthy(state, task);
    const active = (use: 'readiness' | 'liveness'): boolean =>
      ![undefined, 'docker'].includes(spec?.[use]?.kind);
    health[task] = {
      ...(kept ?? { run, sinceMs: nowMs }),
      ...(kept !== undefined && kept.sinceMs > nowMs ? { sinceMs: nowMs } : {}), // the clock was set back
      ...(active('readiness') && kept?.readiness === undefined
        ? { readiness: wasHealthy ? PASSING : newProbe }
        : {}),
      ...(active('liveness') && kept?.liveness === undefined ? { liveness: newProbe } : {}),
    };
    const uses = (['readiness', 'liveness'] as const).filter(active);
    if (wanted === 'run' && uses.length > 0) probed.push({ task, run, uses });
  }
  const same = JSON.stringify(health) === JSON.stringify(state.health);
  return { health: same ? state.health : health, probed };
}

const isHealthy = (state: AgentState, task: string): boolean =>
  state.tasks[task]?.healthySinceMs !== undefined;

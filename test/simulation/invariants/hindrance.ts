/** Whether faults keep the control plane, or a machine, from doing what it promises in time. */
import { LOOK_APART_MS } from '../../../functions/core/garbage/two-looks.ts';
import { AUDIT_EVERY_MS } from '../../../functions/usecases/audit-zone.ts';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';

export function isControlPlaneHindered({ mood, zone, options }: World): boolean {
  const losesWakes = mood.wakesLost > 0 || mood.wakesLate > 0;
  const isSlowZone = zone.model.faults.propagationMs > options.propagationMs;
  return mood.disturbed() || mood.controlPlaneDown || mood.kills.size > 0 || losesWakes || isSlowZone;
}

/** The same, and for so long afterwards; `note`: something else hindered it just now. Known as far as it is asked about. */
export function createHindrance(world: World, lastsMs: number): { isOn(): boolean; note(): void } {
  let atMs = 0;
  const note = (): void => void (atMs = world.scheduler.nowMs());
  const isOn = (): boolean => {
    if (isControlPlaneHindered(world)) note();
    return world.scheduler.nowMs() - atMs < lastsMs;
  };
  return { isOn, note };
}

/** It runs, is reached, and its agent and its Docker do what they are told. */
export const isSoundMachine = (machine: Machine): boolean =>
  machine.on &&
  machine.agentRuns() &&
  machine.link.cut === 'no' &&
  machine.link.slowMs <= 25 &&
  machine.link.late === 0 &&
  machine.crashAtCall === undefined &&
  !machine.isIsolated &&
  !machine.dockerHangs &&
  !machine.diskFull;

/**
 * Records that somebody else changed are found by the audit of the zone, which looks twice; one audit may fall into a
 * fault, or wait for a loop that has something else to do.
 */
export const auditedAtMs = ({ zone }: World): number =>
  zone.meddledAtMs() + 2 * AUDIT_EVERY_MS + 2 * LOOK_APART_MS;

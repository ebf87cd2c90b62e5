/** Bugs to plant into a world, so that each invariant is seen to turn red. None of them is in the product. */
import type { ControlPlane as AgentControlPlane } from '../../agent/control-plane/control-plane.ts';
import type { DockerEngine } from '../../agent/docker/engine.ts';
import type { HostLauncher, ServiceDirectory } from '../../functions/usecases/ports.ts';
import type { Scheduler } from './engine/scheduler.ts';
import type { Stores } from './world/control-plane.ts';
import type { Machine } from './world/machine.ts';
import type { Mood } from './world/mood.ts';

/** What a mutant may get its hands on. */
export interface Handles {
  readonly nowMs: () => number;
  readonly scheduler: Scheduler;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly mood: Mood;
}

export interface Bugs {
  readonly stores?: (stores: Stores) => Stores;
  readonly zone?: (port: ServiceDirectory) => ServiceDirectory;
  readonly ec2?: (port: HostLauncher) => HostLauncher;
  readonly docker?: (engine: DockerEngine, machine: Machine) => DockerEngine;
  readonly controlPlane?: (port: AgentControlPlane, machine: Machine) => AgentControlPlane;
  readonly acknowledgeFailures?: boolean;
}

export type Mutant = (handles: Handles) => Bugs;

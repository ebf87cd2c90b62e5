/** One strongly consistent reading of the state, from which a pass decides. */
import type { AgentMemory, AgentRelease } from './agent.ts';
import type { ServiceScale } from './autoscale.ts';
import type { ClusterSettings, SettingsChange } from './cluster.ts';
import type { Directory } from './directory.ts';
import type { Host } from './host.ts';
import type { OfferingMemory } from './offering.ts';
import type { Revision } from './service-spec.ts';
import type { ServiceState, StackHead } from './stack.ts';
import type { LeftOut } from './unreadable.ts';
import type { Sweep } from './sweep.ts';
import type { HostLease, HostManifest, HostReport } from './task.ts';

export interface HostView {
  readonly host: Host;
  readonly manifest: HostManifest;
  readonly report: HostReport | null;
  readonly lease: HostLease | null;
}

export interface Snapshot {
  readonly settings: ClusterSettings;
  /** Null: nobody changed them yet. */
  readonly settingsChange: SettingsChange | null;
  readonly stacks: readonly StackHead[];
  /** Every revision that a head, a service or an assignment names. */
  readonly revisions: readonly Revision[];
  readonly services: readonly ServiceState[];
  readonly scales: readonly ServiceScale[];
  readonly hosts: readonly HostView[];
  /** What EC2 or the account had none of. */
  readonly offerings: OfferingMemory;
  readonly directory: Directory;
  readonly sweep: Sweep;
  /** What is published; null where nobody decides about it. */
  readonly release: AgentRelease | null;
  readonly agents: AgentMemory;
  /** What cannot be read, and what is therefore in none of these lists or is to be left alone. */
  readonly leftOut: LeftOut;
}

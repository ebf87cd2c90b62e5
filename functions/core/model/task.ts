/** A task: one run of a replica. Its phase only moves forward; health is a value of its own. */
import type { AgentFailure, WantedAgent } from './agent.ts';
import type { HostId, TaskId } from './ids.ts';
import type { HostImage } from './placement.ts';
import type { HostLoad, TaskUsage } from './usage.ts';

export type TaskPhase =
  | 'pending'
  | 'assigned'
  | 'pulling'
  | 'starting'
  | 'running'
  | 'draining'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'lost';
export type TaskHealth = 'starting' | 'healthy' | 'unhealthy';
export type WantedState = 'run' | 'drain' | 'stop';

export interface PortBinding {
  readonly name: string;
  readonly container: number;
  readonly protocol: 'tcp' | 'udp';
  readonly host: number;
}

/** What a manifest holds of one task. Everything that uses a host's capacity lives in that host's one manifest. */
export interface Assignment {
  readonly task: TaskId;
  readonly stack: string;
  readonly service: string;
  readonly slot: number;
  readonly revision: number;
  readonly digest: string;
  readonly wanted: WantedState;
  readonly ports: readonly PortBinding[];
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pids: number;
  /** Absent: none. */
  readonly diskBytes?: number | undefined;
  readonly gpus?: readonly string[] | undefined;
  /** Of each of its `gpus`. Absent: all of it. */
  readonly gpuSharePercent?: number | undefined;
  /** Absent: `DEFAULT_PRIORITY`. */
  readonly priority?: number | undefined;
  readonly createdAtMs: number;
  /** When `wanted` last changed; a drain's deadline counts from here. */
  readonly wantedAtMs: number;
  readonly reason: string;
  /** Replicas for which its room is kept once it has left (`shop/web-3`). Absent: none. */
  readonly leavesFor?: readonly string[] | undefined;
}

export interface HostManifest {
  readonly host: HostId;
  readonly generation: number;
  readonly assignments: readonly Assignment[];
  /** Null: it runs what it runs. */
  readonly agent: WantedAgent | null;
  readonly version: number;
}

export interface TaskReport {
  readonly task: TaskId;
  readonly phase: TaskPhase;
  readonly health: TaskHealth;
  readonly attempt: number;
  readonly exitCode?: number | undefined;
  /** The agent's number of this healthy time: another one means that there was a break. */
  readonly healthyTime?: number | undefined;
  /** Since when the reports say so, by the control plane's clock; absent: longer than it was noted. */
  readonly healthySinceMs?: number | undefined;
  readonly reason?: { readonly code: string; readonly message: string } | undefined;
}

export interface HostReport {
  readonly host: HostId;
  readonly bootId: string;
  readonly seq: number;
  readonly generation: number;
  readonly dockerAnswers: boolean;
  /** Since when it has not, without a break, by our clock; null: it answers. */
  readonly dockerSilentSinceMs: number | null;
  readonly tasks: readonly TaskReport[];
  /** Null: reported before this was noted. */
  readonly agentVersion: string | null;
  /** Since when, by our clock. */
  readonly agentSinceMs: number | null;
  readonly agentFailure: AgentFailure | null;
  /** Layers of the images on the host, as far as its agent tells. Absent: it does not. */
  readonly images?: readonly HostImage[] | undefined;
  readonly receivedAtMs: number;
  readonly version: number;
}

/** Last sign of life, by the control plane's clock. */
export interface HostLease {
  readonly host: HostId;
  readonly receivedAtMs: number;
  readonly seq: number;
  readonly bootId: string;
  readonly generation: number;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly diskPercent: number;
  /** What it says of its neighbours: which of them do not answer, and which do. */
  readonly silent: readonly HostId[];
  readonly answering: readonly HostId[];
  /** When the next beat is due: the pace that the reply to this one dictated. */
  readonly paceMs: number;
  /** How far its own clock is ahead of ours; negative: behind. Absent: about right. Nothing is decided by it. */
  readonly clockAheadMs?: number;
  readonly load?: HostLoad;
  /** What its tasks use. Absent: its agent does not tell. */
  readonly usage?: readonly TaskUsage[];
}

const ENDED: readonly TaskPhase[] = ['stopped', 'failed', 'lost'];
export const hasEnded = (phase: TaskPhase): boolean => ENDED.includes(phase);

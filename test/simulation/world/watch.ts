/**
 * Where the world tells what happens, and invariants listen. A watcher names the hooks that it needs; each is called
 * right at the change, so that a check costs something only when something changed.
 */
import type { RecordChange } from '../../../functions/core/model/directory.ts';
import type { DirectoryHead, DirectoryName } from '../../../functions/core/model/directory.ts';
import type { ServiceScale } from '../../../functions/core/model/autoscale.ts';
import type { Host, LaunchParameters } from '../../../functions/core/model/host.ts';
import type { LaunchOutcome } from '../../../functions/core/model/instance.ts';
import type { ServiceState, StackHead } from '../../../functions/core/model/stack.ts';
import type { HostLease, HostManifest, HostReport } from '../../../functions/core/model/task.ts';
import type { StoredDecision } from '../../../functions/usecases/ports.ts';
import type { EngineCall } from '../../support/fake-docker.ts';
import type { Bounds } from '../plan/workload.ts';
import type { Machine } from './machine.ts';

/** A call of an agent that changes something in Docker, right before it takes effect. */
export interface DockerTouch {
  readonly machine: Machine;
  readonly call: EngineCall;
  readonly container: string;
  /** Berth's task of the container; undefined: none of ours. */
  readonly task: string | undefined;
  readonly signal?: string;
}

/** A batch that Route 53 accepted. */
export interface ZoneBatch {
  readonly changes: readonly RecordChange[];
  /** When the name servers will serve it. */
  readonly insyncAtMs: number;
}

export interface Hooks {
  head(row: StackHead | null, before: StackHead | null, key: string): void;
  service(row: ServiceState | null, before: ServiceState | null, key: string): void;
  scale(row: ServiceScale | null, before: ServiceScale | null, key: string): void;
  host(row: Host | null, before: Host | null, key: string): void;
  manifest(row: HostManifest | null, before: HostManifest | null, key: string): void;
  report(row: HostReport | null, before: HostReport | null, key: string): void;
  lease(lease: HostLease): void;
  directoryHead(row: DirectoryHead | null, before: DirectoryHead | null): void;
  directoryName(row: DirectoryName | null, before: DirectoryName | null, key: string): void;
  decision(decision: StoredDecision): void;
  docker(touch: DockerTouch): void;
  zone(batch: ZoneBatch): void;
  launched(parameters: LaunchParameters, outcome: LaunchOutcome): void;
  terminating(instanceId: string): void;
  /** An agent starts, and the moment at which the control plane first confirmed its manifest. */
  agentBooted(machine: Machine): void;
  agentConfirmed(machine: Machine): void;
  /** A host was given another host's manifest. */
  forgedCallAnswered(host: string, victim: string): void;
  forgedCallRefused(): void;
  /** The operator wants so many replicas of a stack's services from now on. */
  wanted(stack: string, replicas: Readonly<Record<string, number>>): void;
  /** And its autoscaled services shall keep within such bounds; null: not autoscaled. */
  bounds(stack: string, bounds: Readonly<Record<string, Bounds | null>>): void;
  /** A use-case writes a row that has versions, and names the version that it read. */
  write(method: string, expectedVersion: unknown): void;
  /** A use-case threw something that no port gave it. */
  strange(where: string, error: unknown): void;
  minute(): void;
  /** Faults have stopped. */
  calm(): void;
  /** What was asked for is there, for the first time since the faults stopped. */
  converged(): void;
}

export type HookName = keyof Hooks;
export type Watcher = Partial<Hooks>;

export interface Hub {
  readonly hooks: Hooks;
  add(watcher: Watcher): void;
}

const NAMES: readonly HookName[] = [
  'head',
  'service',
  'scale',
  'host',
  'manifest',
  'report',
  'lease',
  'directoryHead',
  'directoryName',
  'decision',
  'docker',
  'zone',
  'launched',
  'terminating',
  'agentBooted',
  'agentConfirmed',
  'forgedCallAnswered',
  'forgedCallRefused',
  'wanted',
  'bounds',
  'write',
  'strange',
  'minute',
  'calm',
  'converged',
];

export function createHub(): Hub {
  const listeners = new Map<HookName, ((...values: never[]) => void)[]>(NAMES.map((name) => [name, []]));
  const hooks = Object.fromEntries(
    NAMES.map((name) => {
      const called = listeners.get(name)!;
      return [
        name,
        (...values: never[]) => {
          for (const listener of called) listener(...values);
        },
      ];
    }),
  );
  return {
    hooks: hooks as unknown as Hooks,
    add: (watcher) => {
      for (const name of NAMES) {
        const listener = watcher[name];
        if (listener) listeners.get(name)!.push(listener);
      }
    },
  };
}

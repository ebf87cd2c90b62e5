/** Rows that nobody can read: what is left out of a pass because of them, so that everything else goes on. */
import type { HostId } from './ids.ts';

/**
 * `revision`: it cannot be read, or a head names one that is not there. `name`: what was applied for one owner of records.
 * Those that stand for the whole cluster: `settings`, `directory` (the head of what was applied), `sweep`, `agents`,
 * `offerings`. `scale`: how many replicas the autoscaler wants of a service.
 */
export type RowKind =
  | 'stack'
  | 'service'
  | 'revision'
  | 'host'
  | 'manifest'
  | 'report'
  | 'lease'
  | 'name'
  | 'settings'
  | 'directory'
  | 'sweep'
  | 'agents'
  | 'scale'
  | 'offerings';

export interface UnreadableRow {
  readonly kind: RowKind;
  /** A stack, `stack/service`, a host, an owner of records; of those that there is one of: the kind. */
  readonly subject: string;
  /** Which row, and what is wrong with it. */
  readonly why: string;
  /** Of a manifest: the services (`stack/service`) that it still names. */
  readonly services?: readonly string[];
  /** Of a `name` or the `directory`: on which version it may be written anew; absent: that cannot be read either. */
  readonly version?: number;
}

export interface LeftOut {
  readonly rows: readonly UnreadableRow[];
  /** They are in no list of the snapshot: not judged, not ended, given nothing. */
  readonly hosts: ReadonlySet<HostId>;
  /** `stack/service` whose tasks and records stay as they are. */
  readonly services: ReadonlySet<string>;
  /** Stacks of which nothing is decided, whatever services they have. */
  readonly stacks: ReadonlySet<string>;
}

export const NOTHING_LEFT_OUT: LeftOut = {
  rows: [],
  hosts: new Set(),
  services: new Set(),
  stacks: new Set(),
};

/** @param key `stack/service` */
export const isLeftOut = ({ services, stacks }: LeftOut, key: string): boolean =>
  services.has(key) || stacks.has(key.split('/')[0] ?? '');

/** Whether something of the stack is left out, so that nobody knows whether all of it is gone. */
export const hasLeftOut = ({ services, stacks }: LeftOut, stack: string): boolean =>
  stacks.has(stack) || [...services].some((key) => key.startsWith(`${stack}/`));

import type { ApiClient } from './api/api-client.ts';
import type { Account } from './destroy/account.ts';
import type { Terminal } from './terminal.ts';

/** What a verb works with; made once by main.ts, made by hand in tests. */
export interface Session {
  readonly terminal: Terminal;
  /** Folder against which files on the command line are resolved. */
  readonly cwd: string;
  /** Found on first use, so that what needs no control plane works without one. */
  connect(target: TargetOptions): Promise<ApiClient>;
  readonly nowMs: () => number;
  /** Rejects when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Asks a yes/no question on the terminal; null when there is none to ask on. */
  confirm(question: string): Promise<boolean | null>;
  /** Asks for a line on the terminal; null when there is none to ask on. */
  ask(question: string): Promise<string | null>;
  /** The AWS account that a cluster is in, and the cluster's name as far as it is known without asking the control plane. */
  openAccount(target: TargetOptions): Promise<{ readonly account: Account; readonly cluster: string }>;
  /** Aborts at the first Ctrl-C while `work` runs; a second one ends the process. */
  interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** Which control plane is meant: options that every verb has. */
export interface TargetOptions {
  readonly endpoint?: string;
  readonly cluster?: string;
}

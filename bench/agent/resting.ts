/** What processes take while they rest: resident memory, and processor time to the nanosecond, from /proc. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** `shims`: containerd's helpers, one beside each container. */
export const PARTS = ['agent', 'dockerd', 'containerd', 'shims'] as const;
export type Part = (typeof PARTS)[number];

export interface Look {
  readonly processes: number;
  readonly residentBytes: number;
  /** Milliseconds of one processor since the processes began. */
  readonly usedMs: number;
}

/** @param engineFolder is in the arguments of every process of the engine */
export function lookAt(agentPid: number, engineFolder: string): Readonly<Record<Part, Look>> {
  const found: Record<Part, number[]> = { agent: [agentPid], dockerd: [], containerd: [], shims: [] };
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const part = Number.isInteger(pid) ? partOf(textOf(`/proc/${entry}/cmdline`), engineFolder) : undefined;
    if (part !== undefined) found[part].push(pid);
  }
  const sum = (pids: readonly number[]): Look => ({
    processes: pids.length,
    residentBytes: pids.reduce((all, pid) => all + residentBytesIn(textOf(`/proc/${pid}/status`)), 0),
    usedMs: pids.reduce((all, pid) => all + usedMsOf(pid), 0),
  });
  return {
    agent: sum(found.agent),
    dockerd: sum(found.dockerd),
    containerd: sum(found.containerd),
    shims: sum(found.shims),
  };
}

/** Which part of the engine a command line belongs to, its words divided by NUL; undefined: to none. */
export function partOf(commandLine: string, engineFolder: string): Exclude<Part, 'agent'> | undefined {
  if (!commandLine.includes(engineFolder)) return undefined;
  const program = basename(commandLine.split('\0')[0] ?? '');
  if (program === 'dockerd' || program === 'containerd') return program;
  return program.startsWith('containerd-shim') ? 'shims' : undefined;
}

/** `VmRSS` of proc_pid_status(5), which is in KiB. */
export const residentBytesIn = (status: string): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;

/** Of all its threads: the first number of each one's schedstat, nanoseconds on a processor. */
function usedMsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce(
    (all, thread) => all + onProcessorMs(textOf(`/proc/${pid}/task/${thread}/schedstat`)),
    0,
  );
}

/** @throws when the kernel keeps no such count (CONFIG_SCHED_INFO): a share of nothing would look good */
export function onProcessorMs(schedstat: string): number {
  const nanoseconds = Number(/^\d+/.exec(schedstat)?.[0] ?? NaN);
  if (Number.isNaN(nanoseconds)) throw new Error('the kernel does not tell /proc/PID/task/*/schedstat');
  return nanoseconds / 1e6;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return ''; // it ended while we looked
    throw error;
  }
}

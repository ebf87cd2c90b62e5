/** What tasks use, as their host's last beat told. Rates are means over the agent's last sample, about 15 s. */
import type { TaskId } from './ids.ts';

/** As of a task, of the whole host; network through its default route, disks as wholes. Absent: not told. */
export interface HostLoad {
  readonly networkBytesPerSecond?: number | undefined;
  readonly diskBytesPerSecond?: number | undefined;
  readonly cpuPressurePercent?: number | undefined;
  readonly memoryPressurePercent?: number | undefined;
}

export interface TaskUsage {
  readonly task: TaskId;
  /** 1000 = one vCPU. */
  readonly cpuMillis: number;
  /** Without the page cache that the kernel can drop. */
  readonly memoryBytes: number;
  /** Received and sent; absent: not told. */
  readonly networkBytesPerSecond?: number | undefined;
  /** Read and written; absent: not told. */
  readonly diskBytesPerSecond?: number | undefined;
  /** Share of time in which some process waited for a CPU (PSI "some"), 0 to 100; absent: the kernel does not tell. */
  readonly cpuPressurePercent?: number | undefined;
  readonly memoryPressurePercent?: number | undefined;
  /** By the names of the service's autoscale targets; one that could not be had is absent. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The replica itself asked not to be taken away. */
  readonly isProtected: boolean;
}

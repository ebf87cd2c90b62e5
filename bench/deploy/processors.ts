/**
 * Who used the processors: seconds of each part of the cloud between two looks, from /proc and the control groups.
 *
 * On one machine the control plane takes its share of the processors that Docker needs; on AWS it does not.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesIn } from '../../local/cgroups.ts';
import type { Cloud } from '../../local/cloud.ts';

/**
 * `Docker`: the host's engine, shims and containers. `bench`: this process, with relay, EC2 and Route 53 in it.
 * `others`: everything else that this machine runs; what is much there makes the figures worth little.
 */
export const USERS = ['Docker', 'agent', 'Lambdas', 'emulator', 'bench', 'others'] as const;
export type User = (typeof USERS)[number];
/** Milliseconds of one processor. */
export type Usage = Readonly<Record<User, number>>;

/** Clock ticks a second (sysconf _SC_CLK_TCK): 100 on every Linux of x86-64 and 64-bit ARM. */
const TICK_MS = 10;

/** All that was used so far. What a process's ended children used is counted as its own, as proc(5) tells it. */
export function usedSoFar(cloud: Cloud): Usage {
  const used: Record<User, number> = { Docker: 0, agent: 0, Lambdas: 0, emulator: 0, bench: 0, others: 0 };
  for (const { instanceId } of cloud.hosts())
    for (const pid of processesIn(`${cloud.plan.cgroup}/${instanceId}`)) {
      const { command, ms } = readProcess(pid);
      used[command.includes('agent') ? 'agent' : 'Docker'] += ms;
    }
  for (const pid of processesIn(`${cloud.plan.cgroup}/services`)) {
    const { command, ms } = readProcess(pid);
    // Lambdas are Node programs in folders of the emulator; one that has ended is counted as the emulator's child.
    if (/^[^\0]*node\0/.test(command)) used.Lambdas += ms;
    else if (command.includes('ministack')) used.emulator += ms;
  }
  const { user, system } = process.cpuUsage();
  used.bench = (user + system) / 1000;
  const ours = Object.values(used).reduce((sum, ms) => sum + ms, 0);
  return { ...used, others: busyTicksIn(readFileSync('/proc/stat', 'utf8')) * TICK_MS - ours };
}

export function usedBetween(before: Usage, after: Usage): Usage {
  return Object.fromEntries(USERS.map((who) => [who, after[who] - before[who]])) as unknown as Usage;
}

/** Resolves when the cloud rests: what a round left to do (records, garbage) is not the next one's. */
export async function untilQuiet(cloud: Cloud): Promise<void> {
  const endAt = Date.now() + QUIET.withinMs;
  for (let last = usedSoFar(cloud); Date.now() < endAt;) {
    await sleep(QUIET.lookMs);
    const now = usedSoFar(cloud);
    const { others: _others, ...ours } = usedBetween(last, now);
    const share = Object.values(ours).reduce((sum, ms) => sum + ms, 0) / QUIET.lookMs;
    if (share < QUIET.share) return;
    last = now;
  }
}

/** Of one processor: polls and a resting engine take about a tenth. */
const QUIET = { lookMs: 1000, share: 0.25, withinMs: 15_000 } as const;

function readProcess(pid: number): { command: string; ms: number } {
  try {
    return {
      command: readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8'),
      ms: ticksIn(readFileSync(`/proc/${String(pid)}/stat`, 'utf8')) * TICK_MS,
    };
  } catch {
    return { command: '', ms: 0 }; // it ended while we looked: its parent tells of it
  }
}

/** Of the line of all processors (proc_stat(5)): all but idle (4th), iowait (5th), and guests, which user counts. */
export function busyTicksIn(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
    stat.split('\n')[0]?.split(/\s+/).slice(1).map(Number) ?? [];
  return user + nice + system + irq + softirq + steal;
}

/** utime, stime, cutime and cstime: fields 14 to 17 of /proc/PID/stat; the name before may hold blanks. */
export function ticksIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}

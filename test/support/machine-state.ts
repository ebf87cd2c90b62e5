/** What carries the name or index of a cloud on this machine, as text. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readHierarchies } from '../../local/cgroups.ts';
import { listLinks, listNetns } from '../../local/network.ts';
import { isLinkOf, isNetnsOf } from '../../local/plan.ts';
import type { CloudPlan } from '../../local/plan.ts';
import { run } from '../../local/run.ts';

/** Everything that carries the plan's name or index; all lists are empty when nothing is left. */
export async function tracesOf(plan: CloudPlan): Promise<Record<string, readonly string[]>> {
  const firewall = (await run('iptables-save', [])).split('\n');
  const listening = (await run('ss', ['-Hltun'])).split('\n');
  const ports = Object.values(plan.ports) as number[];
  return {
    netns: (await listNetns()).filter((name) => isNetnsOf(plan, name)),
    links: (await listLinks()).filter((name) => isLinkOf(plan, name)),
    mounts: linesWith(readFileSync('/proc/self/mountinfo', 'utf8').split('\n'), `/.berth/${plan.name}/`),
    firewall: firewall.filter((rule) => rule.split(' ').includes(plan.bridge.name)),
    cgroups: readHierarchies()
      .all.map((mount) => `${mount}/${plan.cgroup}`)
      .filter(existsSync),
    listening: listening.filter((line) => ports.some((port) => line.includes(`:${String(port)} `))),
    files: [plan.paths.state, plan.paths.run, plan.paths.temporary, plan.paths.file].filter(existsSync),
    processes: processes(`.berth/${plan.name}/`),
  };
}

const linesWith = (lines: readonly string[], text: string): string[] =>
  lines.filter((line) => line.includes(text));

/** Processes whose command line, working directory or environment names the cloud's state folder. */
function processes(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) => readOr(file).includes(folder)),
    );
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process ended while we looked
  }
}

/**
 * Programs whose traces on this machine are told apart from those of whatever runs beside them, so that the machine can
 * be compared before and after them although others use it meanwhile.
 *
 * They run in a control group of their own, in a hierarchy that local clouds do not use if there is one: what they start
 * stays in it, whatever becomes of its parents, session and environment. And they have a temporary folder of their own.
 * So processes, what these listen on, and temporary files are theirs by construction. All else on the machine is
 * compared as a whole, without what belongs to a cloud under another index, which its claim in /run/berth names.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readHierarchies } from '../../local/cgroups.ts';
import { listLinks, listNetns } from '../../local/network.ts';
import { CLOUD_INDICES, isLinkOf, isNetnsOf, planCloud } from '../../local/plan.ts';
import type { CloudPlan } from '../../local/plan.ts';
import { run, succeeds } from '../../local/run.ts';

/** What is there, by kind. */
export type Machine = Readonly<Record<string, readonly string[]>>;

export interface WatchedRuns {
  /** The program and arguments that run a command in the group, and the environment for it. */
  command(...argv: readonly string[]): { readonly argv: readonly string[]; readonly env: NodeJS.ProcessEnv };
  look(): Promise<Machine>;
  /** Ends what is still in the group. */
  close(): void;
}

const JOIN_AND_EXEC = 'echo $$ >"$0"; exec "$@"';

/** @param plan of the cloud that the programs start */
export function watchRuns(plan: CloudPlan): WatchedRuns {
  const { all, limits } = readHierarchies();
  const hierarchy = all.find((mount) => !limits.includes(mount) && joins(mount)) ?? limits.at(-1);
  if (hierarchy === undefined) throw new Error('this machine mounts no control groups');
  const group = join(hierarchy, `watched-${String(process.pid)}`);
  mkdirSync(group);
  const temporary = mkdtempSync(join(tmpdir(), 'watched-'));
  const members = (): readonly number[] => pidsIn(group);
  return {
    command: (...argv) => ({
      argv: ['/bin/sh', '-c', JOIN_AND_EXEC, join(group, 'cgroup.procs'), ...argv],
      env: { ...process.env, TMPDIR: temporary },
    }),
    look: async () => ({
      ...(await machine(plan, othersThan(plan), basename(group))),
      processes: members().map((pid) => `${String(pid)} ${commandOf(pid)}`),
      listening: await listeners(plan, new Set(members())),
      temporary: readdirSync(temporary).sort(),
    }),
    close() {
      for (const pid of members()) process.kill(pid, 'SIGKILL');
      for (let tries = 0; tries < 50 && members().length > 0; tries += 1) Atomics.wait(PAUSE, 0, 0, 100);
      rmdirSync(group);
      rmSync(temporary, { recursive: true });
    },
  };
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** Some hierarchies (cpuset of version 1) take no process before they are furnished. */
function joins(mount: string): boolean {
  return !existsIn(mount, 'cpuset.cpus');
}

const namesIn = (folder: string): readonly string[] => (existsIn(folder, '.') ? readdirSync(folder) : []);

const existsIn = (folder: string, file: string): boolean =>
  statSync(join(folder, file), { throwIfNoEntry: false }) !== undefined;

const pidsIn = (group: string): readonly number[] =>
  readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
      .replaceAll('\0', ' ')
      .trim();
  } catch {
    return '(ended meanwhile)';
  }
}

/** Clouds that have claimed another index. */
function othersThan(plan: CloudPlan): readonly CloudPlan[] {
  return Array.from({ length: CLOUD_INDICES }, (_, index) => index).flatMap((index) => {
    if (index === plan.index) return [];
    try {
      const { about } = JSON.parse(readFileSync(`/run/berth/${String(index)}`, 'utf8')) as { about: string };
      const { name, project } = JSON.parse(about) as { name: string; project: string };
      return [planCloud(name, index, project)];
    } catch {
      return []; // nobody has it
    }
  });
}

/** What is not tied to processes. */
async function machine(plan: CloudPlan, others: readonly CloudPlan[], ownGroup: string): Promise<Machine> {
  const without = (list: readonly string[], isTheirs: (entry: string, other: CloudPlan) => boolean) =>
    list.filter((entry) => !others.some((other) => isTheirs(entry, other))).sort();
  const lines = async (command: string, ...args: string[]) =>
    (await run(command, args)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const engineAnswers = await succeeds('docker', ['version']);
  const firewall = (await lines('iptables-save')).map((rule) => rule.replace(/\[\d+:\d+\]/, ''));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(Boolean);
  return {
    netns: without(await listNetns(), (name, other) => isNetnsOf(other, name)),
    links: without(await listLinks(), (name, other) => isLinkOf(other, name)),
    containers: engineAnswers
      ? await lines('docker', 'ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}}')
      : [],
    mounts: without(
      mounts.map((line) => `${line.split(' ')[4] ?? ''} ${line.split(' - ')[1]?.split(' ')[0] ?? ''}`),
      (line, { paths, ...other }) =>
        [paths.state, paths.run, paths.temporary].some((folder) => line.startsWith(`${folder}/`)) ||
        isNetnsOf(other as CloudPlan, basename(line.split(' ')[0] ?? '')),
    ),
    firewall: without(firewall, (rule, other) => rule.split(' ').includes(other.bridge.name)),
    cgroups: without(groups(others.length > 0, ownGroup), (path, other) => path.endsWith(`/${other.cgroup}`)),
    run: without(
      readdirSync('/run').filter((name) => others.length === 0 || !maybeTheirs(name, engineAnswers)),
      (name, other) => `/run/${name}` === other.paths.run,
    ),
    berth: namesIn(join(plan.paths.project, '.berth')).filter((name) => !KEPT.includes(name)),
  };
}

/** The folder of claims; and the socket of an engine that answers, as ours would be among the processes. */
const maybeTheirs = (name: string, engineAnswers: boolean): boolean =>
  name === 'berth' || (name === 'docker.sock' && engineAnswers);

/** What a cloud leaves in `.berth` on purpose. */
const KEPT = ['cache', 'log', 'python'];

/** Of all hierarchies, and those of clouds; the parent of these is anybody's while another cloud runs. */
function groups(othersRun: boolean, own: string): string[] {
  const below = (folder: string): string[] =>
    existsIn(folder, '.')
      ? readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isDirectory() && entry.name !== own)
          .map((entry) => join(folder, entry.name))
      : [];
  return readHierarchies().all.flatMap((mount) => [
    ...below(mount).filter((folder) => !othersRun || folder !== join(mount, 'berth')),
    ...below(join(mount, 'berth')),
  ]);
}

/** Sockets of the given processes, and whatever is on an address or port of the cloud. */
async function listeners(plan: CloudPlan, pids: ReadonlySet<number>): Promise<readonly string[]> {
  const ports = Object.values(plan.ports).map(String);
  const network = plan.bridge.address.replace(/\d+$/, '');
  return (await run('ss', ['-Hltunp']))
    .split('\n')
    .filter((line) => {
      const local = line.split(/\s+/)[4] ?? '';
      const held = [...line.matchAll(/pid=(\d+)/g)].some(([, pid]) => pids.has(Number(pid)));
      return held || local.startsWith(network) || ports.includes(local.split(':').at(-1) ?? '');
    })
    .map((line) => line.trim());
}

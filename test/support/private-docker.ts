/**
 * A real Docker Engine of a test's own, in network, mount and pid namespaces of its own.
 *
 * Job: start, kill, restart and remove one `dockerd` that shares nothing with another: data, socket, bridge, firewall
 *   rules and control groups are its own. It asks no registry but the mirrors it is given.
 * Out: the path of its socket, and the name of its network namespace (published ports answer in there).
 * Fails: `startPrivateDocker` rejects with the engine's log when the engine does not answer within 20 s.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PrivateDocker {
  readonly socketPath: string;
  /** Name under /run/netns. */
  readonly netns: string;
  /** SIGKILL to engine, shims and containers: a power cut that leaves the data. */
  powerCut(): Promise<void>;
  /** SIGKILL to dockerd alone: containers go on. */
  killEngineOnly(): Promise<void>;
  /** Starts the engine again on the same data. */
  startAgain(): Promise<void>;
  /** SIGSTOP and SIGCONT to dockerd: it accepts connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Runs a command in the engine's network namespace and returns its output. */
  inNetwork(command: string, ...args: string[]): string;
  /** Ends everything and removes what it left. */
  remove(): Promise<void>;
}

/** The first process of the namespaces: keeps dockerd, starts it anew when the file `again` appears. */
const INIT = `
mount --make-rprivate / && mount -t tmpfs tmpfs /run && cd "$1" || exit 1
engine() {
  dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/docker.sock" \
    --bip 172.31.1.1/24 --cgroup-parent "/berth-test/$2" $3 >>"$1/dockerd.log" 2>&1
}
while :; do
  engine "$@"
  until [ -e again ]; do sleep 0.05; done
  rm -f again pid docker.sock
done`;

let count = 0;

export async function startPrivateDocker(
  options: { mirrors?: readonly string[] } = {},
): Promise<PrivateDocker> {
  const id = `bt${process.pid.toString(36)}${(count++).toString(36)}`;
  const folder = mkdtempSync(join(tmpdir(), 'berth-docker-'));
  const socketPath = join(folder, 'docker.sock');
  const flags = (options.mirrors ?? []).map((url) => `--registry-mirror ${url}`).join(' ');
  execFileSync('ip', ['netns', 'add', id]);
  execFileSync('ip', ['-n', id, 'link', 'set', 'lo', 'up']);
  const launch = (): ChildProcess =>
    spawn(
      'nsenter',
      // prettier-ignore
      [`--net=/run/netns/${id}`, 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc',
        'bash', '-c', INIT, 'init', folder, id, flags],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
  let init = launch();
  const daemonPid = (): number => pidOutside(init, Number(readFileSync(join(folder, 'pid'), 'utf8')));
  const powerCut = async (): Promise<void> => {
    const over = new Promise((resolve) => init.once('exit', resolve));
    const ended = init.exitCode !== null || init.signalCode !== null;
    for (const pid of childrenOf(init.pid ?? 0)) process.kill(pid, 'SIGKILL');
    if (!ended) await over;
    rmSync(socketPath, { force: true });
    rmSync(join(folder, 'pid'), { force: true });
  };
  const remove = async (): Promise<void> => {
    await powerCut();
    execFileSync('ip', ['netns', 'delete', id]);
    removeGroups(id);
    rmSync(folder, { recursive: true, force: true });
  };
  const up = async (): Promise<void> => {
    if (await answers(socketPath)) return;
    const log = readFileSync(join(folder, 'dockerd.log'), 'utf8').slice(-4000);
    await remove();
    throw new Error(`dockerd did not answer within 20 s:\n${log}`);
  };
  await up();
  return {
    socketPath,
    netns: id,
    powerCut,
    killEngineOnly: async () => {
      const pid = daemonPid();
      process.kill(pid, 'SIGKILL');
      while (existsSync(`/proc/${pid}`)) await sleep(10);
    },
    startAgain: async () => {
      if (init.exitCode === null && init.signalCode === null) writeFileSync(join(folder, 'again'), '');
      else init = launch();
      await up();
    },
    freeze: () => process.kill(daemonPid(), 'SIGSTOP'),
    thaw: () => process.kill(daemonPid(), 'SIGCONT'),
    inNetwork: (command, ...args) =>
      execFileSync('nsenter', [`--net=/run/netns/${id}`, command, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    remove,
  };
}

/** A process of the engine's pid namespace as seen from here: NSpid lists its number in each namespace. */
function pidOutside(init: ChildProcess, inside: number): number {
  const below = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(below)];
  const found = below(init.pid ?? 0).find((pid) => namespacePid(pid) === inside);
  if (found === undefined) throw new Error(`no process ${inside} in the engine's namespace`);
  return found;
}

function namespacePid(pid: number): number | undefined {
  try {
    const numbers = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.split(/\s+/) ?? [];
    return numbers.length > 1 ? Number(numbers.at(-1)) : undefined;
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

async function answers(socketPath: string): Promise<boolean> {
  const ping = (): Promise<boolean> =>
    new Promise((resolve) => {
      const request = get({ socketPath, path: '/_ping', timeout: 1000 }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
    });
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(30)) if (await ping()) return true;
  return false;
}

function removeGroups(id: string): void {
  const remove = (folder: string): void => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) remove(join(folder, entry.name));
    try {
      rmdirSync(folder);
    } catch {
      // another test's engine is still in it
    }
  };
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(' - cgroup'));
  for (const line of mounts) {
    const parent = join(line.split(' ')[4] ?? '', 'berth-test');
    remove(join(parent, id));
    remove(parent);
  }
}

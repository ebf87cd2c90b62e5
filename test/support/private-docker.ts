/**
 * A real Docker Engine of a test's own, in network, mount and pid namespaces of its own.
 *
 * Job: start, kill, restart and remove one `dockerd` that shares nothing with another: data, socket, bridge, firewall
 *   rules and control groups are its own. It asks no registry but the mirrors it is given.
 * Out: the path of its socket, and the name of its network namespace (published ports answer in there).
 * Fails: `startPrivateDocker` rejects with the engine's log when the engine does not answer within 20 s.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PrivateDocker {
  readonly socketPath: string;
  /** Name under /run/netns. */
  readonly netns: string;
  /** Where published ports answer from outside, and where a server outside must listen to be reached from inside. */
  readonly address: string;
  readonly outsideAddress: string;
  /** Of this boot of the host that the engine stands for: another one after each power cut. */
  bootId(): string;
  /** SIGKILL to engine, shims and containers: a power cut that leaves the data. */
  powerCut(): Promise<void>;
  /** SIGKILL to dockerd alone: containers go on. */
  killEngineOnly(): Promise<void>;
  /** Starts the engine again on the same data. */
  startAgain(): Promise<void>;
  /** SIGSTOP and SIGCONT to dockerd: it accepts connections and answers nothing. */
  freeze(): boolean;
  thaw(): boolean;
  /** Of the first process of its namespaces, as seen from outside. */
  initPid(): number;
  /** Sends a signal to a process that the engine knows by `pid`; false when there is none. */
  signal(pid: number, signal: NodeJS.Signals | '0'): boolean;
  /** Runs a command in the engine's network namespace and returns its output. */
  inNetwork(command: string, ...args: string[]): string;
  /** Ends everything and removes what it left. */
  remove(): Promise<void>;
}

/** The first process of the namespaces: keeps dockerd, starts it anew when the file `again` appears. */
const INIT = `
mount --make-rprivate / && mount -t tmpfs tmpfs /run && cd "$1" || exit 1
[ -z "$4" ] || { mkdir -p data && mount -t tmpfs -o "size=$4" tmpfs data; } || exit 1
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

export interface PrivateDockerOptions {
  readonly mirrors?: readonly string[];
  /** Room for images and containers, as mount takes it (`64m`), on a disk of its own that a power cut empties. */
  readonly diskSize?: string;
}

export async function startPrivateDocker(options: PrivateDockerOptions = {}): Promise<PrivateDocker> {
  const id = `bt${process.pid.toString(36)}${(count++).toString(36)}`; // 15 characters at most, as an interface
  const folder = mkdtempSync(join(tmpdir(), 'berth-docker-'));
  const socketPath = join(folder, 'docker.sock');
  const flags = (options.mirrors ?? []).map((url) => `--registry-mirror ${url}`).join(' ');
  execFileSync('ip', ['netns', 'add', id]);
  execFileSync('ip', ['-n', id, 'link', 'set', 'lo', 'up']);
  const { address, outsideAddress } = joinNetwork(id);
  const launch = (): ChildProcess =>
    spawn(
      'nsenter',
      // prettier-ignore
      [`--net=/run/netns/${id}`, 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc',
        'bash', '-c', INIT, 'init', folder, id, flags, options.diskSize ?? ''],
      { stdio: 'ignore' },
    );
  let init = launch();
  const signal = (pid: number, name: string): boolean => {
    const inside = ['--target', String(childrenOf(init.pid ?? 0)[0]), '--mount', '--pid'];
    return spawnSync('nsenter', [...inside, 'kill', `-${name.replace('SIG', '')}`, String(pid)]).status === 0;
  };
  const daemonPid = (): number => Number(readFileSync(join(folder, 'pid'), 'utf8'));
  let bootId = randomUUID();
  const powerCut = async (): Promise<void> => {
    bootId = randomUUID();
    const over = new Promise((resolve) => init.once('exit', resolve));
    const ended = init.exitCode !== null || init.signalCode !== null;
    for (const pid of childrenOf(init.pid ?? 0)) process.kill(pid, 'SIGKILL');
    if (!ended) await over;
    rmSync(socketPath, { force: true });
    rmSync(join(folder, 'pid'), { force: true });
    rmSync(join(folder, 'exec'), { recursive: true, force: true }); // as /run, which no boot finds again
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
    address,
    outsideAddress,
    bootId: () => bootId,
    powerCut,
    killEngineOnly: async () => {
      const pid = daemonPid();
      signal(pid, 'SIGKILL');
      while (signal(pid, '0')) await sleep(10);
    },
    startAgain: async () => {
      if (init.exitCode === null && init.signalCode === null) writeFileSync(join(folder, 'again'), '');
      else init = launch();
      await up();
    },
    initPid: () => childrenOf(init.pid ?? 0)[0] ?? 0,
    signal,
    freeze: () => signal(daemonPid(), 'SIGSTOP'),
    thaw: () => signal(daemonPid(), 'SIGCONT'),
    inNetwork: (command, ...args) =>
      execFileSync('nsenter', [`--net=/run/netns/${id}`, command, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    remove,
  };
}

/** A cable between the namespace and here, with two addresses of its own. It goes when the namespace goes. */
function joinNetwork(id: string): { address: string; outsideAddress: string } {
  const ip = (...args: string[]): void => {
    execFileSync('ip', args);
  };
  const start = 4 * Math.floor(Math.random() * 64);
  const net = `10.253.${Math.floor(Math.random() * 256)}`;
  const [outsideAddress, address] = [`${net}.${start + 1}`, `${net}.${start + 2}`];
  ip('link', 'add', `${id}o`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', id);
  ip('addr', 'add', `${outsideAddress}/30`, 'dev', `${id}o`);
  ip('link', 'set', `${id}o`, 'up');
  ip('-n', id, 'addr', 'add', `${address}/30`, 'dev', 'eth0');
  ip('-n', id, 'link', 'set', 'eth0', 'up');
  ip('-n', id, 'route', 'add', 'default', 'via', outsideAddress);
  return { address, outsideAddress };
}

export function childrenOf(pid: number): number[] {
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
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    if (await ping()) return true;
    await sleep(30);
  }
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
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(' - cgroup'));
  for (const line of mounts) {
    const parent = join(line.split(' ')[4] ?? '', 'berth-test');
    remove(join(parent, id));
    remove(parent);
  }
}

/** Metal on one Linux machine: a host is a set of namespaces with its own root view, Docker Engine and limits. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeHostGroup, removeGroup } from '../cgroups.ts';
import { makeHostNetwork, removeNamespace } from '../network.ts';
import { hostNames } from '../plan.ts';
import type { CloudPlan } from '../plan.ts';
import { logTail } from '../service.ts';
import { waitUntil } from '../wait-until.ts';
import { hostFolder, prepareHostFolder, removeHostFolder } from './host-folder.ts';
import type { Machine, Metal } from './metal.ts';

/** How long a host's Docker Engine may take to answer. */
const BOOT_TIMEOUT_MS = 60_000;
/** An orderly shutdown gets this long before the power goes; EC2 gives minutes, tests have none. */
const SHUTDOWN_GRACE_MS = 3000;

interface Host {
  readonly machine: Machine;
  readonly unshare: ChildProcess;
  readonly initPid: number;
  readonly gone: Promise<void>;
}

/** The `Metal` of a cloud whose bridge is up. Closing it takes the power from every host. */
export function createMetal(plan: CloudPlan): Metal & { close(): Promise<void> } {
  const hosts = new Map<string, Host>();
  const listeners: ((instanceId: string) => void)[] = [];

  const powerOn = async (machine: Machine): Promise<Host> => {
    const folder = await prepareHostFolder(plan, machine);
    const names = hostNames(plan, machine.address);
    await removeNamespace(names); // what a power cut left
    await makeHostNetwork(plan, names, machine.address);
    const groups = makeHostGroup(folder.cgroup, machine);
    const unshare = startUnshared(
      names.netns,
      [folder.path, folder.log, machine.hostname, ...groups],
      folder.log,
    );
    const gone = new Promise<void>((resolve) => unshare.once('exit', () => resolve()));
    const initPid = await readyInit(unshare, folder.log);
    return { machine, unshare, initPid, gone };
  };

  const remove = async (instanceId: string, address: string | undefined): Promise<void> => {
    const folder = hostFolder(plan, instanceId);
    await removeGroup(folder.cgroup);
    if (address !== undefined) await removeNamespace(hostNames(plan, address));
    await removeHostFolder(folder);
  };

  return {
    async boot(machine) {
      if (hosts.has(machine.instanceId)) throw new Error(`${machine.instanceId} is running already`);
      let host: Host;
      try {
        host = await powerOn(machine);
      } catch (error) {
        await remove(machine.instanceId, machine.address);
        throw error;
      }
      hosts.set(machine.instanceId, host);
      void host.gone.then(() => {
        hosts.delete(machine.instanceId);
        for (const listener of listeners) listener(machine.instanceId);
      });
      return { initPid: host.initPid };
    },
    async terminate(instanceId) {
      const host = hosts.get(instanceId);
      if (host !== undefined) await shutDown(host);
      await remove(instanceId, host?.machine.address);
    },
    list: () =>
      [...hosts.values()].map(({ machine, initPid }) => ({
        instanceId: machine.instanceId,
        address: machine.address,
        initPid,
      })),
    onExit(listener) {
      listeners.push(listener);
    },
    async close() {
      await Promise.all(
        [...hosts.values()].map(async (host) => {
          powerOff(host.initPid);
          await host.gone;
          await remove(host.machine.instanceId, host.machine.address);
        }),
      );
    },
  };
}

/** `nsenter` first: `ip netns exec` would hide the control groups' mounts from the host's dockerd. */
function startUnshared(netns: string, args: readonly string[], log: string): ChildProcess {
  const output = openSync(join(log, 'console.log'), 'a');
  const enter = join(import.meta.dirname, 'host', 'enter.sh');
  const namespaces = ['--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child=KILL'];
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${netns}`, 'unshare', ...namespaces, 'bash', enter, ...args],
    {
      stdio: ['ignore', output, output],
      detached: true,
    },
  );
  closeSync(output);
  return child;
}

/** Waits until the host's init says that Docker answers. Resolves with the init's pid as seen from outside. */
async function readyInit(unshare: ChildProcess, log: string): Promise<number> {
  const check = (): Promise<number | undefined> => {
    if (unshare.exitCode !== null || unshare.signalCode !== null || unshare.pid === undefined)
      throw new Error(`the host ended while it booted:\n${logTail(join(log, 'console.log'))}`);
    const child = readFileSync(
      `/proc/${String(unshare.pid)}/task/${String(unshare.pid)}/children`,
      'utf8',
    ).trim();
    const ready = child !== '' && existsSync(`/proc/${child}/root/run/host-ready`);
    return Promise.resolve(ready ? Number(child) : undefined);
  };
  try {
    return await waitUntil(check, { what: 'the host to boot', timeoutMs: BOOT_TIMEOUT_MS });
  } catch (error) {
    unshare.kill('SIGKILL');
    throw error;
  }
}

async function shutDown(host: Host): Promise<void> {
  signal(host.initPid, 'SIGTERM');
  const timer = new AbortController();
  const late = sleep(SHUTDOWN_GRACE_MS, undefined, { signal: timer.signal }).then(
    () => powerOff(host.initPid),
    () => undefined,
  );
  await host.gone;
  timer.abort();
  await late;
}

/** The kernel ends everything in a pid namespace with its first process. */
function powerOff(initPid: number): void {
  signal(initPid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself
  }
}

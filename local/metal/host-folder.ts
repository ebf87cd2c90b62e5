/**
 * The folder of one host, `.berth/<cloud>/hosts/<instance id>/`, and what is written into its root before it boots.
 *
 *   upper/   tmpfs: what the host changed in its root; mounted here, outside, so that it outlives a power cut
 *   root/    where the host's root is mounted (seen only inside the host)
 *   docker/  its /var/lib/docker; on disk, because Docker's own overlays cannot lie on one
 * Its /var/log is `.berth/log/<cloud>/<instance id>/`, to be read after the host is gone.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { containerParent } from '../cgroups.ts';
import { bridgeEndpoint } from '../plan.ts';
import type { CloudPlan } from '../plan.ts';
import { run, succeeds } from '../run.ts';
import type { Machine } from './metal.ts';

export interface HostFolder {
  readonly path: string;
  readonly log: string;
  /** Control group of the host. */
  readonly cgroup: string;
}

const PROGRAMS = {
  'usr/lib/host/init': 'init.sh',
  'usr/lib/host/keep-unit': 'keep-unit.sh',
  'usr/bin/systemctl': 'systemctl.sh',
} as const;

/** Docker as a unit of its own, as the AMI has it; its settings are in /etc/docker/daemon.json. */
const DOCKER_UNIT = `[Unit]
Description=Docker Engine
[Service]
ExecStart=/usr/sbin/dockerd
Restart=always
KillMode=process
TimeoutStopSec=20
`;

export function hostFolder(plan: CloudPlan, instanceId: string): HostFolder {
  return {
    path: join(plan.paths.state, 'hosts', instanceId),
    log: join(plan.paths.logs, instanceId),
    cgroup: `${plan.cgroup}/${instanceId}`,
  };
}

/** Makes the folder and fills the host's root; a folder that is there already (a second boot) stays as it is. */
export async function prepareHostFolder(plan: CloudPlan, machine: Machine): Promise<HostFolder> {
  const folder = hostFolder(plan, machine.instanceId);
  for (const path of [folder.log, ...['upper', 'root', 'docker'].map((name) => join(folder.path, name))])
    mkdirSync(path, { recursive: true });
  const upper = join(folder.path, 'upper');
  if (existsSync(join(upper, 'u'))) return folder;
  await run('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', upper]);
  mkdirSync(join(upper, 'w'));
  fillRoot(join(upper, 'u'), plan, machine, folder);
  await hideUnits(upper);
  return folder;
}

/** Removes the folder and what is mounted in it; the log stays. */
export async function removeHostFolder(folder: HostFolder): Promise<void> {
  const upper = join(folder.path, 'upper');
  if (existsSync(join(upper, 'u'))) await succeeds('umount', ['--lazy', upper]);
  rmSync(folder.path, { recursive: true, force: true });
}

function fillRoot(root: string, plan: CloudPlan, machine: Machine, folder: HostFolder): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o755 });
    writeFileSync(join(root, path), text);
  };
  for (const [path, source] of Object.entries(PROGRAMS)) {
    mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o755 });
    copyFileSync(join(import.meta.dirname, 'host', source), join(root, path));
    chmodSync(join(root, path), 0o755);
  }
  const name = machine.hostname.split('.')[0] ?? machine.hostname;
  write('usr/lib/host/environment', machineEnvironment(plan));
  write('etc/hostname', `${machine.hostname}\n`);
  write('etc/hosts', `127.0.0.1 localhost\n${machine.address} ${machine.hostname} ${name}\n`);
  write('etc/resolv.conf', `nameserver ${plan.bridge.address}\noptions timeout:1 attempts:1\n`);
  write('etc/docker/daemon.json', JSON.stringify(engineSettings(plan, folder), null, 2));
  write('usr/lib/systemd/system/docker.service', DOCKER_UNIT);
  write('var/lib/cloud/instance/user-data.txt', machine.userData);
}

/**
 * The environment of everything on the host: where the AWS of this machine is, in the variables that every AWS SDK
 * reads, and nothing else: no key, no region, no word of Berth. All of that must come as it does on EC2.
 */
function machineEnvironment(plan: CloudPlan): string {
  const endpoint = bridgeEndpoint(plan, plan.ports.relay);
  return [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LANG=C.UTF-8',
    `AWS_ENDPOINT_URL=${endpoint}`,
    `AWS_ENDPOINT_URL_S3=${endpoint}`,
    '',
  ].join('\n');
}

/** What dockerd is told: images come from the cloud's registry, containers live under the host's limits. */
function engineSettings(plan: CloudPlan, folder: HostFolder): Record<string, unknown> {
  const registry = bridgeEndpoint(plan, plan.ports.registry);
  return {
    'registry-mirrors': [registry],
    'insecure-registries': [new URL(registry).host],
    'cgroup-parent': containerParent(folder.cgroup),
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'log-level': 'warn',
  };
}

/**
 * The machine's own units must not be seen as the host's. A folder of the overlay that was removed and made anew hides
 * what lies below it; so the overlay is mounted once for that.
 */
async function hideUnits(upper: string): Promise<void> {
  const at = join(upper, 'm');
  mkdirSync(at);
  await run('mount', ['-t', 'overlay', 'overlay', '-o', 'lowerdir=/,upperdir=u,workdir=w', at], {
    cwd: upper,
  });
  try {
    rmSync(join(at, 'etc/systemd/system'), { recursive: true, force: true });
    mkdirSync(join(at, 'etc/systemd/system/multi-user.target.wants'), { recursive: true, mode: 0o755 });
    if (existsSync(join(at, 'var/run'))) return;
    symlinkSync('/run', join(at, 'var/run'));
  } finally {
    await run('umount', [at]);
  }
}

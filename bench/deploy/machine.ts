/** What the bench runs on: a local cloud of its own with room for one host, and that host's engine. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { claimFreeIndex, release } from '../../local/claim.ts';
import { startCloud } from '../../local/cloud.ts';
import type { Cloud } from '../../local/cloud.ts';
import { machineSettings } from '../../local/machine-settings.ts';
import { run } from '../../local/run.ts';
import type { DockerEngine } from '../lib/docker-engine.ts';
import { connectEngine } from '../lib/docker-engine.ts';
import { CONTAINER } from './contender.ts';

/** Memory of a large one, so that 50 containers and their shims do not press on it; two vCPUs as the small ones. */
const TYPES = { x86_64: 't3.large', arm64: 't4g.large' } as const;

/** Starts the cloud; the image is there for its hosts. */
export async function startBenchCloud(note: (line: string) => void): Promise<Cloud> {
  const plan = await claimFreeIndex('bench', dirname(dirname(import.meta.dirname)));
  const { pool } = machineSettings();
  if (pool === undefined) throw new Error('the local cloud names no pool');
  const settings = {
    pool: { ...pool, instanceType: TYPES[pool.architecture], hostsMax: 1 },
    // Taking a stack away waits for it, starting one never does.
    dnsTtlSeconds: 1,
  };
  const step = async <T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> => {
    note(title);
    return work(() => undefined);
  };
  try {
    const cloud = await startCloud(plan, { step }, { settings });
    await buildImage(cloud);
    return cloud;
  } catch (error) {
    release(plan);
    throw error;
  }
}

/** A static busybox that sleeps. */
async function buildImage(cloud: Cloud): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-image-'));
  try {
    mkdirSync(join(folder, 'root/bin'), { recursive: true });
    cpSync('/bin/busybox', join(folder, 'root/bin/busybox'));
    symlinkSync('busybox', join(folder, 'root/bin/sleep'));
    const archive = join(folder, 'root.tar');
    await run('tar', ['-C', join(folder, 'root'), '-cf', archive, '.']);
    const command = 'CMD ["/bin/sleep", "86400"]';
    await cloud.engine.use((docker) => docker('import', '--change', command, archive, CONTAINER.image));
    await cloud.publishImage(CONTAINER.image);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The one host's engine, reached through its first process: the socket is inside its root. */
export function engineOfHost(cloud: Cloud): { engine: DockerEngine; address: string } {
  const [host, ...more] = cloud.hosts();
  if (host === undefined || more.length > 0)
    throw new Error(`the bench wants one host, there are ${String(cloud.hosts().length)}`);
  return {
    engine: connectEngine(`/proc/${String(host.initPid)}/root/run/docker.sock`),
    address: host.address,
  };
}

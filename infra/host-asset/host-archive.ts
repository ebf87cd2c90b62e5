/**
 * What a host needs beside Docker, ready to run, as one archive an architecture: Node, the agent, what starts it, a version.
 *
 * Job: `bin/node`, `agent.mjs`, `launch`, `node-flags` and `VERSION` as a tar.gz with equal bytes for equal input. It is two gzip members one
 *   after the other (which is a valid gzip file): Node's, compressed once per version of Node and kept, and the agent's,
 *   so that a change of the agent does not compress 120 MB again.
 * In: the project (its lock pins Node), the agent's bundle, a cache folder. Out: file, digest and version of each.
 * Fails: see node-binary.ts; a full disk. A half-written file is never left under its final name.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip as gzipWithCallback } from 'node:zlib';
import { lockedNode, nodeBinary, type NodeSource } from './node-binary.ts';
import { TAR_END, tarEntry } from './tar.ts';

const gzip = promisify(gzipWithCallback);

export type Architecture = 'x86_64' | 'arm64';

export interface HostArchive {
  readonly path: string;
  /** Of the archive, lower-case hexadecimal: the host checks it before it unpacks. */
  readonly sha256: string;
  /** The same for both architectures, another one for another agent or Node; names the folder on the host. */
  readonly version: string;
}

/** Node of 24.21.0: level 1 49.9 MB in 1.7 s, level 6 45.7 MB in 2.9 s, level 9 45.6 MB in 8.5 s (one core). */
const LEVEL = 6;

const OTHERS_KEPT = 4;

/** Part of the cache's keys: another way of packing makes another file. */
const FORMAT = 1;

/** The cache is kept between runs; anything in it may be deleted. */
export interface ArchiveOptions extends NodeSource {
  /** The agent's bundle: one ES module without imports but Node's own. */
  readonly agent: Uint8Array;
  /** The script that starts one version or another (agent/launch.sh). */
  readonly launch: Uint8Array;
  /** Of the agent, in one line: what the launcher starts Node with. */
  readonly nodeFlags: string;
}

export async function hostArchives(options: ArchiveOptions): Promise<Record<Architecture, HostArchive>> {
  await mkdir(options.cache, { recursive: true });
  const [x86_64, arm64] = await Promise.all([hostArchive('x86_64', options), hostArchive('arm64', options)]);
  return { x86_64, arm64 };
}

async function hostArchive(architecture: Architecture, options: ArchiveOptions): Promise<HostArchive> {
  const { project, cache, agent, launch, nodeFlags } = options;
  const node = await lockedNode(architecture, project);
  const version = `${await ownVersion(project)}-${digest(node.version, agent, launch, nodeFlags).slice(0, 12)}`;
  const nodeMember = await cached(
    join(cache, `${node.name}-${digest(node.integrity, FORMAT, LEVEL).slice(0, 16)}.gz`),
    async () =>
      member(tarEntry({ path: 'bin/node', mode: 0o755, data: await nodeBinary(architecture, options) })),
  );
  const agentMember = await member(
    Buffer.concat([
      tarEntry({ path: 'agent.mjs', mode: 0o644, data: agent }),
      tarEntry({ path: 'launch', mode: 0o755, data: launch }),
      tarEntry({ path: 'node-flags', mode: 0o644, data: Buffer.from(`${nodeFlags}\n`) }),
      tarEntry({ path: 'VERSION', mode: 0o644, data: Buffer.from(`${version}\n`) }),
      TAR_END,
    ]),
  );
  const archive = Buffer.concat([nodeMember, agentMember]);
  const sha256 = digest(archive);
  const path = join(cache, `host-${architecture}-${sha256.slice(0, 16)}.tar.gz`);
  await cached(path, () => Promise.resolve(archive));
  await forgetOldest(cache, `host-${architecture}-`, path);
  return { path, sha256, version };
}

async function ownVersion(project: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** A gzip member; its header's system byte differs between platforms, so it is set to "unknown". */
async function member(data: Uint8Array): Promise<Buffer> {
  const compressed = await gzip(data, { level: LEVEL });
  compressed[9] = 255;
  return compressed;
}

/** The file's bytes; made and put in place whole if it is not there. */
async function cached(file: string, make: () => Promise<Buffer>): Promise<Buffer> {
  if (existsSync(file)) return readFile(file);
  const bytes = await make();
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, bytes);
  await rename(unfinished, file);
  return bytes;
}

/** Every change of the agent makes an archive of 46 MB: only the last few are kept beside the one in use. */
async function forgetOldest(cache: string, prefix: string, inUse: string) {
  const names = (await readdir(cache)).filter((name) => name.startsWith(prefix) && name.endsWith('.gz'));
  const others = names.map((name) => join(cache, name)).filter((file) => file !== inUse);
  // Another synthesis may take one away meanwhile.
  const ageOf = async (file: string) => ({
    file,
    at: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0,
  });
  const ages = await Promise.all(others.map(ageOf));
  const oldest = ages.toSorted((one, two) => two.at - one.at).slice(OTHERS_KEPT);
  await Promise.all(oldest.map(({ file }) => rm(file, { force: true })));
}

function digest(...parts: (Uint8Array | string | number)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'number' ? String(part) : part);
  return hash.digest('hex');
}

/**
 * The folder of the agent's versions on a host (`/opt/berth`), which `launch.sh` reads at each start.
 *
 * In: the folder, the version that runs, how an archive is fetched. Out: the port `Upgrades`. Each step is one that a
 *   crash or a power cut leaves whole: links and files are made under another name and renamed, a version's folder gets
 *   its name only when it is complete and on the disk.
 * Fails: rejects when the disk or `tar` refuses; then all is as it was, but for a folder that nobody reads.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { access, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from '../files.ts';
import type { AgentArchive } from '../../contract/agent-protocol.ts';
import { messageOf } from '../log.ts';
import { WrongArchive, type Upgrades } from './upgrades.ts';

/** Resolves when the file has the archive's bytes, checked. Rejects with `WrongArchive`, or because it cannot be had. */
export type FetchArchive = (archive: AgentArchive, file: string) => Promise<void>;

export interface HomeOptions {
  readonly folder: string;
  readonly running: string;
  readonly fetchArchive: FetchArchive;
  readonly restart: () => void;
}

const run = promisify(execFile);
/** 120 MB on a slow disk. */
const UNPACK_TIMEOUT_MS = 180_000;
const INCOMING = '.incoming';

export function createHome({ folder, running, fetchArchive, restart }: HomeOptions): Upgrades {
  const at = (...path: string[]): string => join(folder, ...path);
  const target = async (link: string): Promise<string | undefined> =>
    readlink(at(link)).then(basename, () => undefined);

  const has = (version: string): Promise<boolean> => isWhole(at(version), version);

  return {
    refusal: async () => {
      const text = await readFile(at('refused'), 'utf8').catch(() => '');
      const [version = '', request = '', reason = ''] = text.split('\n');
      // What runs was confirmed at the moment when it was given up.
      if (version === '' || version === running) return undefined;
      return { version, request: Number.parseInt(request, 10) || 0, final: true, reason };
    },
    has,
    fetch: async (version, archive) => {
      const incoming = at(INCOMING);
      await rm(incoming, { recursive: true, force: true });
      await mkdir(join(incoming, version), { recursive: true });
      try {
        const file = join(incoming, 'archive');
        await fetchArchive(archive, file);
        await unpack(file, join(incoming, version));
        if (!(await isWhole(join(incoming, version), version)))
          throw new WrongArchive(`the archive holds no agent of version ${version}`);
        await toDisk(join(incoming, version));
        await rm(at(version), { recursive: true, force: true });
        await rename(join(incoming, version), at(version));
      } finally {
        await rm(incoming, { recursive: true, force: true });
      }
    },
    putOnTrial: async ({ version, request, trialMs }) => {
      if (!(await has(version))) throw new Error(`version ${version} is not on this host`);
      await rm(at('next'), { force: true });
      await rm(at('refused'), { force: true });
      await rm(at('tries'), { force: true });
      await replaceFile(at('trial'), `${request}\n${Math.ceil(trialMs / 1000)}\n`);
      await replaceLink(at('next'), at(version));
    },
    confirm: async () => {
      if ((await target('next')) !== running) return;
      const current = await target('current');
      if (current !== undefined && current !== running) await replaceLink(at('previous'), at(current));
      await replaceLink(at('current'), at(running));
      await rm(at('next'), { force: true });
      await removeOthers(folder, [running, current]);
    },
    restart,
  };
}

async function isWhole(folder: string, version: string): Promise<boolean> {
  try {
    await access(join(folder, 'bin/node'), constants.X_OK);
    await access(join(folder, 'agent.mjs'));
    return (await readFile(join(folder, 'VERSION'), 'utf8')).trim() === version;
  } catch {
    return false;
  }
}

async function unpack(archive: string, folder: string): Promise<void> {
  const args = ['--extract', '--gzip', '--no-same-owner', '--file', archive, '--directory', folder];
  try {
    await run('tar', args, { timeout: UNPACK_TIMEOUT_MS });
  } catch (error) {
    throw new Error(`tar cannot unpack the archive: ${messageOf(error).slice(0, 300)}`, { cause: error });
  }
}

/** A folder renamed before its files are written may be empty after a power cut. */
async function toDisk(folder: string): Promise<void> {
  await run('sync', ['--file-system', folder], { timeout: UNPACK_TIMEOUT_MS });
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function replaceLink(path: string, to: string): Promise<void> {
  await rm(`${path}.new`, { force: true });
  await symlink(to, `${path}.new`);
  await rename(`${path}.new`, path);
}

/** Whatever holds an agent and is none of these. */
async function removeOthers(folder: string, kept: readonly (string | undefined)[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || kept.includes(entry.name)) continue;
    const isVersion = await access(join(folder, entry.name, 'VERSION')).then(
      () => true,
      () => false,
    );
    if (isVersion) await rm(join(folder, entry.name), { recursive: true, force: true });
  }
}

/**
 * Files, asked for without waiting, by Node's older interface: `node:fs/promises` loads a line editor and its history with
 * it, which an agent keeps in memory for nothing (0.6 MB). The agent takes these from here, and no handle objects.
 */
import {
  access as accessThen,
  chmod as chmodThen,
  close as closeThen,
  fsync as fsyncThen,
  mkdir as mkdirThen,
  open as openThen,
  readFile as readFileThen,
  readdir as readdirThen,
  readlink as readlinkThen,
  rename as renameThen,
  rm as rmThen,
  statfs as statfsThen,
  symlink as symlinkThen,
  writeFile as writeFileThen,
} from 'node:fs';
import { promisify } from 'node:util';

export const access = promisify(accessThen);
export const chmod = promisify(chmodThen);
export const mkdir = promisify(mkdirThen);
export const readFile = promisify(readFileThen);
export const readdir = promisify(readdirThen);
export const readlink = promisify(readlinkThen);
export const rename = promisify(renameThen);
export const rm = promisify(rmThen);
export const statfs = promisify(statfsThen);
export const symlink = promisify(symlinkThen);
export const writeFile = promisify(writeFileThen);

const open = promisify(openThen);
const sync = promisify(fsyncThen);
const close = promisify(closeThen);

/** Writes a file anew, and resolves when it is on the disk. @param mode of a file that was not there */
export const writeToDisk = (path: string, text: string, mode: number): Promise<void> =>
  opened(path, 'w', mode, async (file) => {
    await writeFile(file, text);
    await sync(file);
  });

/** Resolves when the names in a folder are on the disk. */
export const syncFolder = (path: string): Promise<void> => opened(path, 'r', undefined, sync);

async function opened(
  path: string,
  flags: string,
  mode: number | undefined,
  use: (file: number) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, mode);
  try {
    await use(file);
  } finally {
    await close(file);
  }
}

/** A digest of files: two equal ones mean that what was made from them need not be made again. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Digest of the names and contents of every file at or below `paths` (relative to `root`), in a fixed order. */
export function sourceDigest(root: string, paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of [...paths].sort()) addPath(hash, root, path);
  return hash.digest('hex');
}

function addPath(hash: ReturnType<typeof createHash>, root: string, path: string): void {
  const full = join(root, path);
  if (!existsSync(full)) return;
  if (!statSync(full).isDirectory()) {
    hash.update(`${path}\0${String(statSync(full).size)}\0`).update(readFileSync(full));
    return;
  }
  for (const name of readdirSync(full).sort()) addPath(hash, root, join(path, name));
}

/**
 * NVIDIA GPUs of the host, by the ids that Docker's `DeviceIDs` take. None without NVIDIA's container runtime hook: Docker
 * could not hand them out then.
 */
import { join } from 'node:path';
import { access, readdir, readFile } from '../files.ts';

/** The driver lists each GPU there, with a line `GPU UUID: GPU-...`. */
const DRIVER = 'proc/driver/nvidia/gpus';
/** What Docker's device driver `nvidia` starts for each container; it comes with NVIDIA's container toolkit. */
const HOOKS = ['usr/bin/nvidia-container-runtime-hook', 'usr/local/bin/nvidia-container-runtime-hook'];
/** As many as the wire takes. */
const GPUS_MAX = 16;

/** Sorted. `root`: the root of the file system. */
export async function readGpus(root = '/'): Promise<string[]> {
  const folder = join(root, DRIVER);
  const slots = await readdir(folder).catch(() => []);
  if (slots.length === 0 || !(await hasHook(root))) return [];
  const files = slots.map((slot) => readFile(join(folder, slot, 'information'), 'utf8').catch(() => ''));
  const ids = (await Promise.all(files)).flatMap((text) => GPU_ID.exec(text)?.[1] ?? []);
  return ids.sort().slice(0, GPUS_MAX);
}

const GPU_ID = /^GPU UUID:\s+(GPU-[0-9a-f-]{8,58})\s*$/m;

async function hasHook(root: string): Promise<boolean> {
  const found = await Promise.all(
    HOOKS.map((path) =>
      access(join(root, path)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

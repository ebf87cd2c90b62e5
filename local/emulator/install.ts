/**
 * Installs the emulator: MiniStack, pinned by hash with all that it needs, into a private Python environment.
 *
 * In: requirements.txt beside this file, `python3` (3.10 or newer, with venv). Out: `.berth/python/bin/python`.
 * Fails: no usable Python, or a package that cannot be fetched or has another hash: the message is pip's own.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../lock.ts';
import type { CloudPlan } from '../plan.ts';
import { run } from '../run.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/** Makes sure that the environment is there and is the pinned one; several clouds may ask at once. */
export function ensureEmulator(plan: CloudPlan): Promise<void> {
  const { python, cache } = plan.paths;
  return withLock(
    join(cache, 'python.lock'),
    { timeoutMs: INSTALL_TIMEOUT_MS, about: 'installation of the emulator' },
    async () => {
      const version = (await run('python3', ['-c', 'import sys; print(sys.version)'])).trim();
      const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(version).digest('hex');
      const mark = join(python, 'installed');
      if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
      rmSync(python, { recursive: true, force: true });
      await run('python3', ['-m', 'venv', python], { timeoutMs: INSTALL_TIMEOUT_MS });
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes'];
      await run(join(python, 'bin/python'), [...pip, '--only-binary', ':all:', '-r', REQUIREMENTS], {
        timeoutMs: INSTALL_TIMEOUT_MS,
      });
      writeFileSync(mark, wanted);
    },
  );
}

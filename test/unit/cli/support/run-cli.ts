import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Called as output comes. */
  readonly onOutput?: (text: string, child: ChildProcess) => void;
}

/** Less than a test may take. */
const LIMIT_MS = 45_000;

const MAIN = join(import.meta.dirname, '../../../../cli/main.ts');

/** A folder of its own, far from any `.berth/local.json`. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'berth-cli-test-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A real process of `node cli/main.ts`, with nothing of this machine's AWS settings. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const cwd = options.cwd ?? emptyFolder();
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, AWS_EC2_METADATA_DISABLED: 'true', ...options.env },
    stdio: 'pipe',
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      options.onOutput?.(text, child);
    });
  child.stdin.end(options.stdin ?? '');
  // A test that gave up must not leave a process that follows for ever.
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(limit);
  return { code, ...written };
}

/** Environment of a caller that the fake API knows. */
export const asAnn = (endpoint: string): Record<string, string> => ({
  BERTH_ENDPOINT: endpoint,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
});

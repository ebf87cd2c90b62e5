/** Runs one program to its end. The one place where local/ starts short-lived programs. */
import { execFile } from 'node:child_process';

export interface RunOptions {
  /** Text for its standard input; without it, standard input is empty. */
  readonly input?: string;
  /** The whole environment; without it, this process's own. */
  readonly env?: Record<string, string | undefined>;
  readonly cwd?: string;
  /** Milliseconds; 60 seconds unless said. */
  readonly timeoutMs?: number;
}

/** A program that failed: what was run, how it ended, what it said. */
export class RunError extends Error {
  readonly code: number | string | undefined;
  readonly stderr: string;
  constructor(command: readonly string[], code: number | string | undefined, stderr: string, stdout: string) {
    const said = (stderr.trim() || stdout.trim()).slice(-2000);
    super(`${command.join(' ')} failed (${String(code ?? 'killed')})${said ? `: ${said}` : ''}`);
    this.name = 'RunError';
    this.code = code;
    this.stderr = stderr;
  }
}

/** Resolves with standard output. @throws RunError when it ends with another code than 0, or not in time. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      [...args],
      {
        env: options.env ?? process.env,
        cwd: options.cwd,
        timeout: options.timeoutMs ?? 60_000,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        if (error) reject(new RunError([command, ...args], error.code ?? undefined, stderr, stdout));
        else resolve(stdout);
      },
    );
    child.stdin?.on('error', () => undefined); // a program that never reads its input is no failure
    child.stdin?.end(options.input ?? '');
  });
}

/** Whether a program ends with code 0; what it says is dropped. */
export async function succeeds(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<boolean> {
  try {
    await run(command, args, options);
    return true;
  } catch {
    return false;
  }
}

/** A folder of versions of the agent with the real launcher in it, and a service manager that starts it at every end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface AgentHomeFolder {
  readonly folder: string;
  /** A version whose `bin/node` is this shell script; it is told the folder as HOME_FOLDER, and notes its start. */
  addVersion(version: string, script: string): void;
  /** As user data leaves it. */
  boot(version: string): void;
  /** As the agent asks for it: request 7. */
  putOnTrial(version: string, seconds: number): void;
  /** What a link names. */
  link(name: string): string | undefined;
  /** Lines of a file; none when it is not there. */
  lines(name: string): readonly string[];
  files(): readonly string[];
  /** Starts it, and again at every end, until `stop`. */
  supervise(): Supervisor;
  remove(): void;
}

export interface Supervisor {
  /** Of what runs now. */
  pid(): number;
  /** SIGKILL to what runs; the next start follows. */
  kill(): void;
  stop(): Promise<void>;
}

const AGAIN_MS = 20;
export const UPGRADING_AGENT = join(import.meta.dirname, 'upgrading-agent.ts');

export function agentHome(): AgentHomeFolder {
  const folder = mkdtempSync(join(tmpdir(), 'berth-home-'));
  const at = (...path: string[]): string => join(folder, ...path);
  copyFileSync(join(import.meta.dirname, '../../agent/launch.sh'), at('launch'));
  chmodSync(at('launch'), 0o755);
  const lines = (name: string): readonly string[] =>
    existsSync(at(name)) ? readFileSync(at(name), 'utf8').split('\n').filter(Boolean) : [];
  return {
    folder,
    addVersion: (version, script) => {
      mkdirSync(at(version, 'bin'), { recursive: true });
      writeFileSync(at(version, 'bin/node'), `#!/bin/sh\necho ${version} >>${at('started')}\n${script}\n`);
      chmodSync(at(version, 'bin/node'), 0o755);
      writeFileSync(at(version, 'agent.mjs'), '// as good as any\n');
      writeFileSync(at(version, 'VERSION'), `${version}\n`);
    },
    boot: (version) => symlinkSync(at(version), at('current')),
    putOnTrial: (version, seconds) => {
      writeFileSync(at('trial'), `7\n${seconds}\n`);
      symlinkSync(at(version), at('next'));
    },
    link: (name) => {
      try {
        return basename(readlinkSync(at(name)));
      } catch {
        return undefined;
      }
    },
    lines,
    files: () => readdirSync(folder).sort(),
    supervise: () => supervise(at('launch'), folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function supervise(launch: string, folder: string): Supervisor {
  let child: ChildProcess | undefined;
  let stopped = false;
  const ended = new Promise<void>((resolve) => {
    const start = (): void => {
      if (stopped) {
        resolve();
        return;
      }
      child = spawn(launch, ['--config', 'x'], {
        stdio: 'ignore',
        env: { ...process.env, HOME_FOLDER: folder },
      });
      child.once('exit', () => void sleep(AGAIN_MS).then(start));
    };
    start();
  });
  const kill = (): void => void child?.kill('SIGKILL');
  return {
    pid: () => child?.pid ?? 0,
    kill,
    stop: async () => {
      stopped = true;
      kill();
      await ended;
    },
  };
}

/**
 * The bundled agent as a process of its own, in a private engine's network namespace, with what it logs. Node runs it with
 * the options that hosts give it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_FLAGS } from '../../agent/build.ts';
import { childrenOf, type PrivateDocker } from './private-docker.ts';

export interface AgentProcess {
  start(): void;
  /** SIGKILL, or another signal; resolves when it ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Parsed lines of its log since its first start. */
  readonly log: Record<string, unknown>[];
  /** What it wrote that is no JSON line. */
  readonly strange: string[];
  readonly stateFile: string;
  pid(): number;
}

export interface AgentProcessOptions {
  readonly bundle: string;
  readonly folder: string;
  readonly docker: PrivateDocker;
  /** Address of metadata service and Parameter Store. */
  readonly url: string;
  readonly config?: Record<string, unknown>;
  /** It sees the engine's processes, as on a host, and ends with them; else only its network. */
  readonly sharesProcesses?: boolean | undefined;
}

/** Its host has booted as often as the engine: the kernel's own file ($0) would name the boot of this machine. */
const AS_BOOTED = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"';

export function createAgentProcess(options: AgentProcessOptions): AgentProcess {
  const stateDir = join(options.folder, 'state');
  const config = join(options.folder, 'agent.json');
  mkdirSync(options.folder, { recursive: true });
  writeFileSync(
    config,
    JSON.stringify({
      cluster: 'test',
      region: 'us-east-1',
      stateDir,
      dockerSocket: options.docker.socketPath,
      ...options.config,
    }),
  );
  const log: Record<string, unknown>[] = [];
  const strange: string[] = [];
  let child: ChildProcess | undefined;
  const { docker, sharesProcesses = false } = options;
  const bootFile = join(options.folder, 'boot-id');
  const enter = (): string[] =>
    sharesProcesses
      ? ['--target', String(docker.initPid()), '--net', '--mount', '--pid']
      : [`--net=/run/netns/${docker.netns}`, 'unshare', '--mount', 'sh', '-c', AS_BOOTED, bootFile];
  const pid = (): number => (sharesProcesses ? childrenOf(child?.pid ?? 0)[0] : child?.pid) ?? 0;
  const read = (stream: NodeJS.ReadableStream | null): void => {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (part: string) => {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        try {
          log.push(JSON.parse(line) as Record<string, unknown>);
        } catch {
          strange.push(line);
        }
      }
    });
  };
  return {
    log,
    strange,
    stateFile: join(stateDir, 'state.json'),
    pid,
    start: () => {
      writeFileSync(bootFile, `${docker.bootId()}\n`);
      child = spawn(
        'nsenter',
        [...enter(), process.execPath, ...NODE_FLAGS.split(' '), options.bundle, '--config', config],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: {
            PATH: process.env.PATH,
            AWS_ENDPOINT_URL: options.url,
            AWS_EC2_METADATA_SERVICE_ENDPOINT: options.url,
          },
        },
      );
      read(child.stdout);
      read(child.stderr);
    },
    kill: (signal = 'SIGKILL') =>
      new Promise((resolve) => {
        if (child?.exitCode !== null || child.signalCode !== null) {
          resolve();
          return;
        }
        child.once('exit', () => resolve());
        process.kill(pid(), signal);
      }),
  };
}

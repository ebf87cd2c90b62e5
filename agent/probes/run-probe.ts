/**
 * The port "probe runner" for real: HTTP, TCP, gRPC and commands, each with a deadline of its own.
 *
 * Out: an outcome by the deadline, whatever the container does; nothing of the probe is left open after it but a
 *   command that Docker cannot end (runners/exec.ts).
 */
import type { DockerEngine } from '../docker/engine.ts';
import type { ProbeRunner, ProbeTarget } from './probe-runner.ts';
import type { ProbeOutcome } from './probe-state.ts';
import { createExecProbe } from './runners/exec.ts';
import { probeGrpc } from './runners/grpc.ts';
import { probeHttp } from './runners/http.ts';
import { probeTcp } from './runners/tcp.ts';

/** What Docker may take beside the command: to create it, and to say how it ended. */
const EXEC_EXTRA_MS = 5000;

export function createProbeRunner(engine: Pick<DockerEngine, 'exec' | 'execRuns'>): ProbeRunner {
  const probeExec = createExecProbe(engine);
  const start = (
    key: string,
    target: ProbeTarget,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ProbeOutcome> => {
    switch (target.kind) {
      case 'http':
        return probeHttp(target, signal);
      case 'tcp':
        return probeTcp(target, signal);
      case 'grpc':
        return probeGrpc(target, signal);
      case 'exec':
        return probeExec(key, target, timeoutMs);
    }
  };
  return (key, target, timeoutMs) =>
    new Promise((resolve) => {
      const over = new AbortController();
      const late: ProbeOutcome =
        target.kind === 'exec'
          ? { kind: 'unknown', message: 'Docker did not run the command in time' }
          : { kind: 'failed', message: `no answer within ${timeoutMs} ms` };
      const timer = setTimeout(
        () => {
          over.abort();
          // What ends now with a verdict of its own has the first word.
          setImmediate(() => resolve(late));
        },
        timeoutMs + (target.kind === 'exec' ? EXEC_EXTRA_MS : 0),
      );
      const end = (outcome: ProbeOutcome): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      start(key, target, timeoutMs, over.signal).then(end, (error: unknown) =>
        end({ kind: 'unknown', message: String(error) }),
      );
    });
}

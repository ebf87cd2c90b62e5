/**
 * A command inside the container: exit code 0 passes.
 *
 * Docker cannot end a command that takes too long, so there is never a second one of a probe beside the first: while
 * that runs the probe fails without starting another, and hung commands do not pile up in the container.
 */
import { EngineError, noAnswer, type DockerEngine } from '../../docker/engine.ts';
import { messageOf } from '../../log.ts';
import type { ProbeOutcome } from '../probe-state.ts';
import { plain } from './fault.ts';

export interface ExecTarget {
  readonly container: string;
  readonly command: readonly string[];
}

export type ExecProbe = (key: string, target: ExecTarget, timeoutMs: number) => Promise<ProbeOutcome>;

export function createExecProbe(engine: Pick<DockerEngine, 'exec' | 'execRuns'>): ExecProbe {
  /** Commands that outlived their time, by probe. */
  const left = new Map<string, { container: string; exec: string }>();

  const run = async (key: string, target: ExecTarget, timeoutMs: number): Promise<ProbeOutcome> => {
    const before = left.get(key);
    if (before?.container === target.container && (await engine.execRuns(before.exec)))
      return { kind: 'failed', message: 'the command of an earlier probe has not ended yet' };
    left.delete(key);
    const result = await engine.exec(target.container, target.command, timeoutMs);
    if (result.kind === 'running') {
      left.set(key, { container: target.container, exec: result.exec });
      return { kind: 'failed', message: `the command did not end within ${timeoutMs} ms` };
    }
    if (result.exitCode === 0) return { kind: 'passed' };
    const words = plain(result.output);
    return { kind: 'failed', message: `exit code ${result.exitCode}${words === '' ? '' : `: ${words}`}` };
  };

  return async (key, target, timeoutMs) => {
    try {
      return await run(key, target, timeoutMs);
    } catch (error) {
      const ended =
        error instanceof EngineError && (error.kind === 'not-found' || error.kind === 'not-running');
      // Docker away, or the container ended meanwhile: both show elsewhere.
      if (ended || noAnswer(error)) return { kind: 'unknown', message: messageOf(error) };
      return { kind: 'failed', message: plain(messageOf(error)) };
    }
  };
}

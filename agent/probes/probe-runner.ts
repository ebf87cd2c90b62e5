/** The port "probe runner": asks a container once. Implementations: `run-probe.ts`, and the tests' scripted twin. */
import type { ProbeOutcome } from './probe-state.ts';

/** What is asked, and where. */
export type ProbeTarget =
  | { readonly kind: 'http'; readonly address: string; readonly port: number; readonly path: string }
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'grpc'; readonly address: string; readonly port: number; readonly service: string }
  | { readonly kind: 'exec'; readonly container: string; readonly command: readonly string[] };

/**
 * Resolves with what was found, no later than `timeoutMs` and a moment; never rejects. `key` names the probe: what one
 * run of it leaves behind (a command that has not ended) counts for its next run.
 */
export type ProbeRunner = (key: string, target: ProbeTarget, timeoutMs: number) => Promise<ProbeOutcome>;

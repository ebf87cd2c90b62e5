/**
 * The agent's version: what stands in `VERSION` beside the bundle, as the host's archive has it, so that it names this
 * very bundle and the Node that came with it; without that file what the bundler put in, or `source` when unbundled.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

declare const BERTH_AGENT_VERSION: string | undefined;

export const agentVersion = versionBeside(import.meta.dirname);

function versionBeside(folder: string): string {
  try {
    return readFileSync(join(folder, 'VERSION'), 'utf8').trim();
  } catch {
    return typeof BERTH_AGENT_VERSION === 'string' ? BERTH_AGENT_VERSION : 'source';
  }
}

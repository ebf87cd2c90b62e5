/**
 * `npm stop`: ends the local cloud of this project and removes what it made; also what a killed one left.
 *
 * Out: exit 0 when nothing is left; nothing running is no error. Fails: exit 1 with what could not be removed.
 */
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { claim, release, whoRuns } from './claim.ts';
import { cleanUp } from './clean-up.ts';
import { DEFAULT_CLOUD, planCloud } from './plan.ts';
import type { CloudPlan } from './plan.ts';
import { isAlive } from './process-identity.ts';
import { createTerminalProgress } from './terminal-progress.ts';
import { waitUntil } from './wait-until.ts';

const HELP = `npm stop

Ends the local cloud that npm start made and removes everything it made on this machine. Images, logs (.berth/log) and
caches (.berth/cache, .berth/python) stay.
`;

/** An orderly end takes a few seconds; past this it is killed, and cleaned up after. */
const END_TIMEOUT_MS = 30_000;

async function stopCloud(plan: CloudPlan): Promise<void> {
  const running = whoRuns(plan);
  if (running !== undefined) {
    process.kill(running.pid, 'SIGTERM');
    const ended = (): Promise<true | undefined> => Promise.resolve(isAlive(running) ? undefined : true);
    await waitUntil(ended, { what: `process ${running.pid} to end`, timeoutMs: END_TIMEOUT_MS }).catch(() =>
      process.kill(running.pid, 'SIGKILL'),
    );
  }
  const left = claim(plan);
  if (left !== undefined) await cleanUp(left);
  await cleanUp(plan);
  release(plan);
}

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h', default: false } } });
if (values.help) process.stdout.write(HELP);
else {
  const progress = createTerminalProgress({
    write: (text) => void process.stdout.write(text),
    isTerminal: process.stdout.isTTY,
    columns: process.stdout.columns,
  });
  try {
    const plan = planCloud(DEFAULT_CLOUD.name, DEFAULT_CLOUD.index, dirname(import.meta.dirname));
    await progress.step('remove everything', () => stopCloud(plan));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

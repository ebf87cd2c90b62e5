/** What an archive holds of the agent: its bundle as bytes, and what starts it. The bundle is built in a folder of its own so that two syntheses at once do not meet. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAgent, NODE_FLAGS } from '../../agent/build.ts';

/** Rejects when the agent does not build or would import anything but Node's own modules. */
export async function agentBundle(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-agent-'));
  try {
    return await readFile(await buildAgent(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What starts it on a host. */
export const agentStart = async () => ({
  launch: await readFile(join(import.meta.dirname, '../../agent/launch.sh')),
  nodeFlags: NODE_FLAGS,
});

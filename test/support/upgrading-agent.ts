/**
 * A stand-in for two versions of the agent over the real folder: `node upgrading-agent.ts FOLDER VERSION`. Version 1
 * puts version 2 on trial and ends; version 2 confirms itself and runs on.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHome } from '../../agent/upgrade/home.ts';

const [folder = '', running = ''] = process.argv.slice(2);
const home = createHome({
  folder,
  running,
  fetchArchive: () => Promise.reject(new Error('nothing is fetched here')),
  restart: () => process.exit(0),
});
if (running === '1') {
  await home.putOnTrial({ version: '2', request: 7, trialMs: 5000 });
  home.restart();
}
await home.confirm();
appendFileSync(join(folder, 'confirmed'), `${running}\n`);
setInterval(() => undefined, 1e6);

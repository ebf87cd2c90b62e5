/**
 * `npm start`: the local cloud, the CDK app in it, and a Compose file deployed into that; then it stays until Ctrl-C.
 *
 * In: the options below. Out: progress, a table, one SRV answer, one page. Exit 0 when all of it is healthy, else 1.
 * Fails: with the step's own message; what was made is removed first. After a `kill -9` the next start cleans up.
 * With --detach a child of this program is the cloud; it reports over a channel until it is ready.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { berthLive } from './berth.ts';
import { release, whoRuns } from './claim.ts';
import { cleanUp } from './clean-up.ts';
import { startCloud } from './cloud.ts';
import type { Cloud } from './cloud.ts';
import { buildShop, publishImagesOf, shopFile } from './example-images.ts';
import { DEFAULT_CLOUD, planCloud } from './plan.ts';
import type { CloudPlan } from './plan.ts';
import type { Progress } from './progress.ts';
import { showStack } from './show-stack.ts';
import { createTerminalProgress } from './terminal-progress.ts';

const HELP = `npm start [-- OPTIONS]

Starts AWS on this machine, deploys Berth and examples/shop into it, and stays until Ctrl-C, which removes everything.

  -f, --file FILE   deploy this Compose file instead; its images are taken from this machine's Docker Engine
      --once        remove everything as soon as the result is shown; exit 0 if all of it is healthy, else 1
      --detach      return when it is ready; npm stop removes it
      --no-install  install nothing; say what is missing
  -h, --help        show this

Where things are is written to .berth/local.json, logs to .berth/log/local/.
`;

const PROJECT = dirname(import.meta.dirname);

interface Options {
  readonly file: string | undefined;
  readonly once: boolean;
}

/** What the detached child tells the program that started it. */
type Message = { readonly text: string } | { readonly good: boolean };

const isChild = process.channel !== undefined;
const print = (text: string): void => {
  if (!isChild) process.stdout.write(text);
  else if (process.connected) process.send?.({ text } satisfies Message);
};

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      file: { type: 'string', short: 'f' },
      once: { type: 'boolean', default: false },
      detach: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return 0;
  }
  if (values.once && values.detach) throw new Error('--once and --detach exclude each other');
  const file = values.file === undefined ? undefined : resolve(values.file);
  if (file !== undefined && !existsSync(file)) throw new Error(`there is no file ${file}`);
  if (values.detach && !isChild) return detach(args);
  return serve({ file, once: values.once });
}

/** Starts, deploys, shows; then waits to be told to end. */
async function serve(options: Options): Promise<number> {
  const plan = planCloud(DEFAULT_CLOUD.name, DEFAULT_CLOUD.index, PROJECT);
  const toldToEnd = new Promise<void>((end) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end());
  });
  const progress = createTerminalProgress({
    write: print,
    isTerminal: !isChild && process.stdout.isTTY,
    columns: process.stdout.columns,
  });
  let cloud: Cloud | undefined;
  const work = (async () => {
    cloud = await startCloud(plan, progress);
    return deployAndShow(cloud, progress, options.file);
  })();
  try {
    const good = await Promise.race([work, toldToEnd]);
    if (good !== undefined && !options.once) {
      print(goodbyeHint(plan));
      tellReady(good);
      await toldToEnd;
    }
    return good === true ? 0 : 1;
  } finally {
    work.catch(() => undefined); // told to end in the middle: its parts fail because they are taken away
    // Not ours: another cloud had the index, or a failed start removed its own parts already.
    if (whoRuns(plan)?.pid === process.pid)
      await progress.step('remove everything', () => (cloud === undefined ? abandon(plan) : cloud.close()));
  }
}

function tellReady(good: boolean): void {
  if (!isChild || !process.connected) return;
  process.send?.({ good } satisfies Message);
  process.disconnect();
}

async function deployAndShow(cloud: Cloud, progress: Progress, file: string | undefined): Promise<boolean> {
  await progress.step('images', async (note) => {
    if (file === undefined) {
      note('building those of examples/shop');
      await cloud.engine.use(() => buildShop(PROJECT));
    }
    await publishImagesOf(cloud, file ?? shopFile(PROJECT));
  });
  const args = ['deploy', '-f', file ?? shopFile(PROJECT)];
  const code = await berthLive(cloud, args, isChild ? print : undefined);
  if (code !== 0) {
    print(`\nThe deploy ended with code ${code}; npm run -s berth -- events says why.\n`);
    return false;
  }
  return showStack(cloud, print);
}

/** Interrupted in the middle of starting: the parts are ended from outside, as after a kill -9. */
async function abandon(plan: CloudPlan): Promise<void> {
  await cleanUp(plan);
  release(plan);
}

function goodbyeHint(plan: CloudPlan): string {
  const end = isChild ? 'npm stop removes everything.' : 'Ctrl-C removes everything.';
  return `\nRunning. Try: npm run -s berth -- ps    dig @127.0.0.1 -p ${plan.ports.dns} SRV NAME\n${end}\n`;
}

/** The cloud as a process of its own session, whose words are shown until it says that it is ready. */
async function detach(args: readonly string[]): Promise<number> {
  const log = join(PROJECT, '.berth/log', `${DEFAULT_CLOUD.name}.log`);
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, [import.meta.filename, ...args], {
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  process.on('SIGINT', () => child.kill('SIGTERM'));
  return new Promise((done) => {
    child.on('message', (message: Message) => {
      if ('text' in message) process.stdout.write(message.text);
      else done(message.good ? 0 : 1);
    });
    child.once('exit', (code) => {
      process.stderr.write(`The cloud ended (${String(code)}); its log is ${log}\n`);
      done(1);
    });
  });
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  const text = `\n${error instanceof Error ? error.message : String(error)}\n`;
  if (isChild) print(text);
  process.stderr.write(text);
  process.exit(1);
}

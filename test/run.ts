/**
 * Runs every suite and counts. `node test/run.ts [SUITE...]`; `npm test` and `npm run soak` come here.
 *
 * First two lanes side by side, as the machines of this project have two cores; then the simulation, which uses both of
 * them; last, what measures times on real hosts, and what computes at the lowest priority beside it. `soak` is its own
 * three phases. Ends with what failed, a count per suite and one line `N passed, N failed, N skipped`. A suite with fewer
 * passed tests than `test/minimum.json` says has lost tests, and counts as a failure: a suite that silently runs nothing
 * would look green.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { agentBundle, agentStart } from '../infra/host-asset/agent-bundle.ts';
import { hostArchives } from '../infra/host-asset/host-archive.ts';
import { synthesize } from '../local/emulator/deploy.ts';
import { ensureEmulator } from '../local/emulator/install.ts';
import { DEFAULT_CLOUD, planCloud } from '../local/plan.ts';
import { toBackground } from './support/background.ts';
import { recapOf, type FileResult } from './support/recap.ts';

interface Count {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** What failed, in lines. */
  readonly recap: readonly string[];
}

interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly FileResult[];
}

const ROOT = join(import.meta.dirname, '..');
const RESULTS = join(ROOT, '.berth', 'test-results');
const PHASES: readonly (readonly (readonly string[])[])[] = [
  [['unit'], ['contract']],
  [['simulation']],
  [['e2e'], ['infra']],
];
/** Computes while the suite beside it waits in real time, and is not to be felt there. */
const BACKGROUND = new Set(['infra']);
/** The long proofs: what compares the whole machine runs alone; what waits in real time; what computes. */
const SOAK_PHASES = [[['soak-alone']], [['soak-hosts']], [['soak-models']]] as const;
const ALONE = 'test/soak/start\\.';
const MODELS = 'test/soak/(bad-days|crash-points|launches|storm)\\.';
/**
 * How a suite is run, if not one file after the other. Those on real hosts have a cloud or an engine each, and mostly
 * wait: more of them side by side than cores. The others share the emulator.
 */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  unit: ['--maxWorkers=2'],
  simulation: ['--maxWorkers=2'],
  e2e: ['--maxWorkers=3', '--forceExit'],
  // In the background, so nothing is said by how long it takes.
  infra: ['--runInBand', '--forceExit', '--testTimeout=600000'],
  'soak-alone': ['--runInBand', '--forceExit', '--testPathPatterns', ALONE],
  'soak-hosts': ['--maxWorkers=3', '--forceExit', '--testPathIgnorePatterns', ALONE, MODELS],
  'soak-models': ['--runInBand', '--testPathPatterns', MODELS],
};
/** The jest project of a suite. */
const projectOf = (suite: string): string => suite.split('-')[0] ?? suite;
/** Projects that deploy the app. */
const STARTS_CLOUDS = new Set(['e2e', 'soak']);
/** One suite never takes longer; then it is ended and counts as failed. */
const SUITE_MAX_MS = { test: 25 * 60_000, soak: 100 * 60_000 } as const;

const SUITES = [...PHASES, ...SOAK_PHASES].flat(2);
const USAGE = `usage: npm test [-- SUITE...], npm run soak

SUITE is one of ${SUITES.join(', ')}.
Without one, npm test runs ${PHASES.flat(2).join(', ')}; npm run soak runs ${SOAK_PHASES.flat(2).join(', ')}.
Counts and failures are left in .berth/test-results/SUITE.json. Exit code: 0 all passed, 1 not, 2 wrong usage.
One test file: npm run -s jest -- --selectProjects PROJECT --testPathPatterns PATTERN`;

const asked = process.argv.slice(2);
if (asked.includes('--help') || asked.includes('-h')) {
  console.log(USAGE);
  process.exit(0);
}
const unknown = asked.join() === 'soak' ? [] : asked.filter((suite) => !SUITES.includes(suite));
if (unknown.length > 0) {
  console.error(`there is no suite ${unknown.join(', ')}\n\n${USAGE}`);
  process.exit(2);
}
const minimum = JSON.parse(readFileSync(join(import.meta.dirname, 'minimum.json'), 'utf8')) as Record<
  string,
  number
>;
const phases = asked.length === 0 ? PHASES : asked.join() === 'soak' ? SOAK_PHASES : [[asked]];

console.log('preparing the emulator and the host archives; the first time, both are fetched');
const cloud = planCloud(DEFAULT_CLOUD.name, DEFAULT_CLOUD.index, ROOT);
await ensureEmulator(cloud);
await hostArchives({
  project: ROOT,
  cache: join(ROOT, '.berth/cache/host-archives'),
  agent: await agentBundle(),
  ...(await agentStart()),
});
rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
// Once, not by whichever cloud starts first while the others wait for it.
if (phases.flat(2).some((suite) => STARTS_CLOUDS.has(projectOf(suite)))) await synthesize(cloud);
const counts: Count[] = [];
for (const lanes of phases) counts.push(...(await Promise.all(lanes.map(runLane))).flat());
for (const { recap } of counts) for (const line of recap) console.log(line);
if (counts.some(({ recap }) => recap.length > 0)) console.log('');
const lost = counts.filter((count) => count.passed < (minimum[count.suite] ?? 1));
for (const { suite, passed, failed, skipped, seconds } of counts) {
  console.log(`${suite.padEnd(12)} ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`);
}
for (const { suite, passed } of lost) {
  console.log(
    `${suite}: ${passed} passed, but test/minimum.json asks for ${minimum[suite] ?? 1}: tests are lost`,
  );
}
const sum = (pick: (count: Count) => number): number =>
  counts.reduce((total, count) => total + pick(count), 0);
const failed = sum((count) => count.failed) + lost.length;
console.log(
  `${sum((count) => count.passed)} passed, ${failed} failed, ${sum((count) => count.skipped)} skipped`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function runLane(suites: readonly string[]): Promise<Count[]> {
  const done: Count[] = [];
  for (const suite of suites) done.push(await runSuite(suite));
  return done;
}

async function runSuite(suite: string): Promise<Count> {
  const startedMs = Date.now();
  const file = join(RESULTS, `${suite}.json`);
  const project = projectOf(suite);
  const options = OPTIONS[suite] ?? ['--runInBand', '--forceExit'];
  const code = await jest(['--selectProjects', project, '--json', `--outputFile=${file}`, ...options], {
    longestMs: SUITE_MAX_MS[project === 'soak' ? 'soak' : 'test'],
    isBackground: BACKGROUND.has(suite),
  });
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  const results = read(file);
  if (results === null) {
    const recap = ['', `failed in ${suite}: it was ended before it could tell its results`];
    return { suite, passed: 0, failed: 1, skipped: 0, seconds, recap };
  }
  const silent = code !== 0 && results.numFailedTests + results.numRuntimeErrorTestSuites === 0;
  const broken = results.numRuntimeErrorTestSuites + (silent ? 1 : 0);
  const skipped = results.numPendingTests + results.numTodoTests;
  return {
    suite,
    passed: results.numPassedTests,
    failed: results.numFailedTests + broken,
    skipped,
    seconds,
    recap: recapOf(suite, results.testResults, ROOT),
  };
}

/** Jest's own report goes to standard error; its JSON on standard output is not wanted twice. */
function jest(
  args: readonly string[],
  { longestMs, isBackground }: { readonly longestMs: number; readonly isBackground: boolean },
): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      ...args,
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: isBackground,
    },
  );
  if (isBackground) toBackground(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

function read(file: string): JestResults | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestResults;
  } catch {
    return null;
  }
}

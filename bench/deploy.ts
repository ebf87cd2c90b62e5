/**
 * How long from asking for N replicas until all run, and until that is known: Berth beside the Docker API alone and
 * Swarm, on one ready host with the image present, in one run.
 *
 * Every contender makes equal containers on the same engine (the Docker API's are made as Berth's were), in turns, so
 * that a slow minute of the machine hits all. `running` is the engine's own note of the last start; `known` is when
 * whoever was asked knew: Berth that all are healthy, Swarm that all run, the Docker API when the last call returned.
 */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Cloud } from '../local/cloud.ts';
import { berth } from './deploy/berth.ts';
import type { Contender } from './deploy/contender.ts';
import { START_TIMEOUT_MS } from './deploy/contender.ts';
import { dockerAlone, templateOf, untilEmpty } from './deploy/docker.ts';
import { engineOfHost, startBenchCloud } from './deploy/machine.ts';
import type { Usage } from './deploy/processors.ts';
import { untilQuiet, usedBetween, usedSoFar, USERS } from './deploy/processors.ts';
import type { Case } from './deploy/report.ts';
import { report } from './deploy/report.ts';
import { swarm } from './deploy/swarm.ts';
import type { Part, Work } from './deploy/timeline.ts';
import { medians, PARTS, partsOf, passesIn, workOf, WORKS } from './deploy/timeline.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';
import type { DockerEngine } from './lib/docker-engine.ts';
import { showMs, summarize } from './lib/stats.ts';

const SIZES = [1, 10, 50];

interface Round {
  readonly runningMs: number;
  readonly knownMs: number;
  readonly parts: Partial<Record<Part, number>>;
  readonly work: Partial<Record<Work, number>>;
  readonly used: Usage;
}

const deploy: Bench = {
  name: 'deploy',
  summary: 'from the PUT until all replicas run and are healthy, beside the Docker API alone and Swarm',
  async run(options) {
    const cloud = await startBenchCloud(options.note);
    try {
      const before = loadavg()[0] ?? 0;
      const cases = await Promise.race([measure(cloud, options), interruption()]);
      return report(cases, before);
    } finally {
      options.note('remove the cloud');
      await cloud.close();
    }
  },
};
export default deploy;

/** Rejects at Ctrl-C, so that what was started is removed. */
function interruption(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`ended by ${signal}`)));
  });
}

async function measure(cloud: Cloud, options: BenchOptions): Promise<readonly Case[]> {
  const sizes = options.sizes ?? SIZES;
  const withPort = true;
  const first = berth(cloud, withPort);
  options.note('the first host');
  await first.start(1);
  const { engine, address } = engineOfHost(cloud);
  try {
    const [one] = (await engine.call('GET', '/containers/json')) as { Id: string }[];
    const template = await templateOf(engine, one?.Id ?? '');
    await first.clear();
    const contenders = [first, dockerAlone(engine, template), swarm(engine, address, withPort)];
    const cases: Case[] = [];
    for (const replicas of sizes)
      cases.push(...(await measureSize({ cloud, engine, contenders, options }, replicas)));
    return cases;
  } finally {
    engine.close();
  }
}

interface Setting {
  readonly cloud: Cloud;
  readonly engine: DockerEngine;
  readonly contenders: readonly Contender[];
  readonly options: BenchOptions;
}

async function measureSize(setting: Setting, replicas: number): Promise<readonly Case[]> {
  const { contenders, options } = setting;
  const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= options.rounds; round++)
    // Another one begins each round.
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length]!;
      const result = await once(setting, contender, replicas);
      const label = round === 0 ? 'warm-up' : `round ${String(round)}`;
      options.note(`${String(replicas)} replicas, ${label}, ${contender.name}: ${showMs(result.runningMs)}`);
      if (round > 0) rounds.get(contender.name)?.push(result);
    }
  return [...rounds].map(([contender, all]) => ({
    replicas,
    contender,
    running: summarize(all.map(({ runningMs }) => runningMs)),
    known: summarize(all.map(({ knownMs }) => knownMs)),
    withoutPoll: summarize(all.map(({ runningMs, parts }) => runningMs - (parts.poll ?? 0))),
    parts: medians(
      PARTS,
      all.map(({ parts }) => parts),
    ),
    work: medians(
      WORKS,
      all.map(({ work }) => work),
    ),
    used: medians(
      USERS,
      all.map(({ used }) => used),
    ),
  }));
}

async function once({ cloud, engine }: Setting, contender: Contender, replicas: number): Promise<Round> {
  await untilEmpty(engine);
  await contender.prepare();
  await untilQuiet(cloud);
  const watch = await engine.watch();
  const before = usedSoFar(cloud);
  try {
    const [asked, [containers, used]] = await Promise.all([
      contender.start(replicas),
      watch
        .started(replicas, START_TIMEOUT_MS)
        .then((containers) => [containers, usedBetween(before, usedSoFar(cloud))] as const),
    ]);
    return {
      used,
      runningMs: Math.max(...containers.started) - asked.askedAt,
      knownMs: asked.knownAt - asked.askedAt,
      ...(asked.moments === undefined
        ? { parts: {}, work: {} }
        : { parts: partsOf(asked, containers, seenBy(cloud)), work: workOf(asked, seenBy(cloud)) }),
    };
  } finally {
    watch.close();
    await contender.clear();
  }
}

/** What the cloud noted of the calls and of the loops. */
function seenBy(cloud: Cloud) {
  const log = readFileSync(join(cloud.plan.paths.logs, 'emulator.log'), 'utf8');
  return { calls: cloud.relay.calls(), passes: passesIn(log) };
}

/**
 * The agent killed at random instants while one change of the plan follows the other, on a real Docker: what it leaves
 * is what was wanted, and on the way no container was made or started twice.
 *
 * Three replicas are in no plan's way: nothing at all may happen to them. Two containers are none of the agent's, one of
 * them with Berth's labels on: they stay as they are.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { Assignment } from '../../contract/agent-protocol.ts';
import { STRAY_AGE_MS } from '../../agent/decide.ts';
import { hash32 } from '../../functions/core/random.ts';
import type { AgentHost, Seen } from './agent-host.ts';
import { assignment, spec } from './container-spec.ts';
import { keepDiary, type Happening } from './container-diary.ts';
import { checkReports } from './report-rules.ts';

export interface KillOptions {
  readonly kills: number;
  /** A kill comes this long after a change of the plan at the latest: starting the agent, and what it then does, lie within. */
  readonly withinMs: number;
  /** Everything that is left to chance follows from it. */
  readonly seed: string;
}

export interface KillFindings {
  /** From a start to the first look at Docker that it answered, milliseconds: the slowest. */
  readonly slowestAdoptionMs: number;
  readonly containersMade: number;
  readonly changes: number;
}

const STEADY = 3;
const CHURNED = 5;
/** A look at Docker after the start (reliability.md, row 2). */
export const ADOPTED_WITHIN_MS = 5000;

const program = spec({
  command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'],
  stopGraceMs: 2000,
});

/** @param host nothing has been assigned to it, and its agent does not run; it runs on afterwards */
export async function killCase(host: AgentHost, options: KillOptions): Promise<KillFindings> {
  const { services, agent } = host;
  const chance = dice(options.seed);
  const plan = createPlan(chance, (task) => host.told(task)?.phase === 'stopped');
  const foreign = await makeForeign(host);
  services.setPace({ pollMs: 200, beatMs: 1000 });
  services.want({ 'web-1': program }, plan.assignments());
  agent.start();
  await host.until('the first replicas', async () => same(await running(host), plan.wanted()), 60_000);
  const steady = await Promise.all(plan.steady.map((task) => host.inspect(task)));
  const diary = await keepDiary(host.docker.socketPath);

  for (let kill = 0; kill < options.kills; kill++) {
    plan.change();
    services.want({ 'web-1': program }, plan.assignments());
    await sleep(chance(options.withinMs));
    await agent.kill();
    agent.start();
  }

  plan.settle();
  services.want({ 'web-1': program }, plan.assignments());
  const everything = (): readonly string[] => [...plan.wanted(), ...foreign.map((each) => each.name)].sort();
  const surplus = async (): Promise<readonly string[]> => {
    const wanted = new Set(everything());
    return (await host.containers()).map(({ name }) => name).filter((name) => !wanted.has(name));
  };
  let left = await surplus();
  const isDone = async (): Promise<boolean> => {
    left = await surplus();
    return left.length === 0 && same(await running(host), plan.wanted());
  };
  try {
    await host.until('what is wanted, and nothing else', isDone);
  } catch (error) {
    // Docker made it after its task was over, for an agent that had been killed meanwhile: it is nobody's for a minute.
    if (left.length === 0 || left.some((name) => plan.names(name)))
      throw new Error(`beside what is wanted: ${left.join(', ') || 'nothing'}`, { cause: error });
    await host.until(`the end of ${left.join(', ')}, which no manifest names`, isDone, STRAY_AGE_MS);
  }
  await sleep(1500); // a list, a report and a poll later
  diary.close();
  const here = await host.containers();
  expect(here.map((each) => each.name)).toEqual(everything());
  expect(await running(host)).toEqual(plan.wanted());
  expect(here.filter((each) => foreign.some((other) => other.name === each.name))).toEqual(foreign);
  expect(twice(diary.entries)).toEqual([]);
  // Nothing at all happened to those that no change named, nor to those that are not ours.
  const untouched = [...steady.map((each) => each.Id), ...foreign.map((each) => each.id)];
  expect(diary.entries.filter((each) => untouched.includes(each.id))).toEqual([]);
  const after = await Promise.all(plan.steady.map((task) => host.inspect(task)));
  expect(after.map(identityOf)).toEqual(steady.map(identityOf));
  checkReports(services.reports);
  expect(agent.strange).toEqual([]);
  expect(agent.log.filter((line) => line.event === 'state-lost' || line.event === 'fault')).toEqual([]);
  return {
    slowestAdoptionMs: Math.max(...adoptions(agent.log)),
    containersMade: diary.entries.filter((each) => each.action === 'create').length,
    changes: options.kills,
  };
}

const same = (one: readonly string[], other: readonly string[]): boolean => one.join() === other.join();

const identityOf = ({ Id, State }: { Id: string; State: { StartedAt: string; Pid: number } }): string =>
  `${Id} ${State.StartedAt} ${State.Pid}`;

/** Names of the tasks' containers that run, sorted. */
async function running(host: AgentHost): Promise<readonly string[]> {
  const here = await host.containers();
  return here
    .filter(({ name, state }) => state === 'running' && name.startsWith('berth-shop'))
    .map(({ name }) => name);
}

/** Containers that were made or started more than once: `create shop-web-3-7 x2`. */
function twice(entries: readonly Happening[]): string[] {
  const counts = new Map<string, number>();
  for (const { action, name } of entries)
    if (action === 'create' || action === 'start')
      counts.set(`${action} ${name}`, (counts.get(`${action} ${name}`) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([what, count]) => `${what} x${count}`);
}

/** Milliseconds from each start to the first answer of Docker, for those that lived to see it. */
function adoptions(log: readonly Record<string, unknown>[]): number[] {
  let startedMs: number | undefined;
  return log.flatMap((line) => {
    const atMs = Date.parse(String(line.time));
    if (line.event === 'start') startedMs = atMs;
    if (line.event !== 'docker-answers' || startedMs === undefined) return [];
    const tookMs = atMs - startedMs;
    startedMs = undefined;
    return [tookMs];
  });
}

/** Whole numbers from 0 to below `below`, the same ones for the same seed. */
function dice(seed: string): (below: number) => number {
  let thrown = 0;
  return (below) => hash32(`${seed}/${thrown++}`) % below;
}

interface Plan {
  /** Tasks that no change names. */
  readonly steady: readonly string[];
  assignments(): readonly Assignment[];
  /** Names of the containers that shall run, sorted. */
  wanted(): readonly string[];
  /** The container is of a task that is still assigned. */
  names(container: string): boolean;
  /** One change, as the control plane makes them. */
  change(): void;
  /** The last change: what is on its way out goes. */
  settle(): void;
}

/** Tasks only go forward: run, drain, stop, and gone once they are told as stopped. A replacement is a new task of the slot. */
function createPlan(chance: (below: number) => number, isOver: (task: string) => boolean): Plan {
  const name = (slot: number, count: number): string => `shop-web-${slot}-t${String(count).padStart(6, '0')}`;
  let count = 0;
  const fresh = (slot: number): Assignment => assignment(slot, { task: name(slot, count++) });
  let current = Array.from({ length: STEADY + CHURNED }, (_, index) => fresh(index + 1));
  const steady = current.slice(0, STEADY).map((each) => each.task);
  const onTheWayOut = (each: Assignment): Assignment => ({
    ...each,
    wanted: each.wanted === 'run' ? 'drain' : 'stop',
  });
  const moveOn = (slot: number): void => {
    const mine = current.filter((each) => each.slot === slot);
    const others = current.filter((each) => each.slot !== slot);
    const left = mine.filter((each) => each.wanted !== 'stop' || !isOver(each.task)).map(onTheWayOut);
    current = [...others, ...left];
    if (chance(4) > 0) current.push(fresh(slot));
  };
  return {
    steady,
    assignments: () => current,
    wanted: () =>
      current
        .filter((each) => each.wanted === 'run')
        .map((each) => `berth-${each.task}`)
        .sort(),
    names: (container) => current.some((each) => `berth-${each.task}` === container),
    change: () => {
      for (let slots = 1 + chance(2); slots > 0; slots--) moveOn(STEADY + 1 + chance(CHURNED));
    },
    settle: () => {
      current = current.map((each) => (each.wanted === 'run' ? each : { ...each, wanted: 'stop' }));
    },
  };
}

/** One container of somebody else's, and one that somebody put Berth's labels on. */
async function makeForeign(host: AgentHost): Promise<readonly Seen[]> {
  const body = { Image: 'berth-test', Cmd: ['sleep', '86400'] };
  const labels = { 'berth.cluster': 'test', 'berth.task': 'shop-web-9-foreign1' };
  for (const [name, Labels] of [
    ['another-program', {}],
    ['copied-labels', labels],
  ] as const) {
    const { Id } = (await host.ask('POST', `/containers/create?name=${name}`, { ...body, Labels })) as {
      Id: string;
    };
    await host.ask('POST', `/containers/${Id}/start`);
  }
  return host.containers();
}

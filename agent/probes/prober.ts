/**
 * Probes the containers: when each probe is due, and what its outcomes mean for the task.
 *
 * In: the manifest's probes, the containers that run (`view`), words of replicas (`word`). Out: `AgentState.health` in
 *   the store, and `onChange` when a verdict changed. It asks nobody's leave: probes go on without a control plane.
 * Each probe rests its interval (+-10 %) between the end of one run and the next, so it never runs twice at once;
 *   `lanes.ts` bounds how many run at once. What is remembered belongs to one run of a container: a new run begins
 *   anew, a restart of the agent does not.
 * Fails: never; a probe that says nothing changes nothing.
 */
import type { HealthSpec, LivenessSpec, ReadinessSpec } from '../../contract/health-spec.ts';
import type { Clock } from '../clock.ts';
import type { Container } from '../docker/engine.ts';
import type { Log } from '../log.ts';
import { createAlarm } from '../loops/alarm.ts';
import type { View } from '../loops/observe.ts';
import type { Store } from '../loops/store.ts';
import type { AgentState } from '../state-file.ts';
import { createLanes } from './lanes.ts';
import type { ProbeRunner, ProbeTarget } from './probe-runner.ts';
import { EAGER_MS, newProbe, observed, pauseMs, type ProbeOutcome } from './probe-state.ts';
import { remembered, type ProbedTask } from './remembered.ts';
import type { HealthMemory, Word } from './task-health.ts';

export interface Prober {
  /** The manifest or the containers may have changed. */
  look(): void;
  /** A container of the task is about to be started: what was known of the last run counts no more. */
  begin(task: string): void;
  /** The replica said whether it is ready. Resolves when that is on the disk; rejects when the disk refuses. */
  word(task: string, word: Word): Promise<void>;
  /** The replica said whether it may be taken away for lack of load. As `word`. */
  protect(task: string, protect: boolean): Promise<void>;
}

export interface ProberOptions {
  readonly store: Store;
  readonly view: () => View;
  readonly runProbe: ProbeRunner;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

type Use = 'readiness' | 'liveness';
type ActiveProbe = Exclude<ReadinessSpec | LivenessSpec, { kind: 'docker' }>;

interface Plan {
  readonly task: string;
  readonly use: Use;
  readonly run: string;
  underWay: boolean;
  dueAtMs: number;
  /** When that was decided: a clock that shows less was set back. */
  setAtMs: number;
}

/** First probes of containers that start together are spread over this. */
const FIRST_SPREAD_MS = EAGER_MS / 5;
const JITTER = 0.1;

export function createProber(options: ProberOptions): Prober {
  const { store, clock, random } = options;
  const lanes = createLanes(clock);
  const plans = new Map<string, Plan>();
  const alarm = createAlarm(clock, () => startDue());

  const look = (): void => {
    const now = clock.now();
    const { health, probed } = remembered(store.get(), options.view(), now);
    if (health !== store.get().health) store.set({ health });
    const wanted = new Map(probed.flatMap(plansOf));
    for (const [key, plan] of plans)
      if (wanted.get(key)?.run !== plan.run) {
        plans.delete(key);
        lanes.forget(key);
      }
    for (const [key, plan] of wanted) {
      if (plans.has(key)) continue;
      plans.set(key, { ...plan, dueAtMs: now + firstPauseMs(store.get(), plan, now, random), setAtMs: now });
    }
    startDue();
  };

  const startDue = (): void => {
    if (options.signal.aborted) return;
    const now = clock.now();
    let nextMs: number | undefined;
    for (const [key, plan] of plans) {
      if (plan.underWay) continue;
      if (plan.dueAtMs <= now || plan.setAtMs > now) {
        plan.underWay = true;
        lanes.run(key, () => probe(key, plan));
      } else nextMs = Math.min(nextMs ?? Infinity, plan.dueAtMs);
    }
    alarm.set(nextMs);
  };

  /** Runs one probe, if it is still wanted when its turn comes. */
  const probe = async (key: string, plan: Plan): Promise<void> => {
    const spec = probeOf(store.get(), plan);
    const container = options.view().containers.get(plan.task);
    if (plans.get(key) !== plan) return;
    if (spec === undefined || container === undefined) {
      postpone(plan, EAGER_MS, clock);
      startDue();
      return;
    }
    const target = targetOf(spec, container);
    const outcome: ProbeOutcome =
      target === undefined
        ? { kind: 'failed', message: 'the container has no address' }
        : await options.runProbe(key, target, spec.timeoutMs);
    if (plans.get(key) !== plan) return;
    record(options, plan, outcome);
    startDue();
  };

  return {
    look,
    begin: (task) => {
      setHealth(store, task, undefined);
      for (const [key, plan] of plans) if (plan.task === task) plans.delete(key);
    },
    ...hearing(options),
  };
}

/** What replicas say of themselves; it may come before their container is seen to run. */
function hearing({ store, clock, onChange }: ProberOptions): Pick<Prober, 'word' | 'protect'> {
  const memoryOf = (task: string): HealthMemory =>
    store.get().health[task] ?? { run: '', sinceMs: clock.now() };
  return {
    word: async (task, word) => {
      const memory = memoryOf(task);
      const news = memory.word?.ready !== word.ready || memory.word.reason !== word.reason;
      if (news) setHealth(store, task, { ...memory, word });
      await store.save();
      if (news) onChange();
    },
    protect: async (task, protect) => {
      const memory = memoryOf(task);
      if ((memory.protect ?? false) !== protect) setHealth(store, task, { ...memory, protect });
      await store.save();
    },
  };
}

/** Puts an outcome into the task's memory, and sets when the probe is due again. */
function record(options: ProberOptions, plan: Plan, outcome: ProbeOutcome): void {
  const { store, log } = options;
  const { task, use } = plan;
  const now = options.clock.now();
  const memory = store.get().health[task];
  const spec = probeOf(store.get(), plan);
  if (memory?.run !== plan.run || spec === undefined) {
    postpone(plan, EAGER_MS, options.clock);
    return;
  }
  const before = memory[use] ?? newProbe;
  const rules = {
    successes: 'successes' in spec ? spec.successes : 1,
    failures: spec.failures,
    startGraceMs: healthOf(store.get(), task)?.startGraceMs ?? 0,
  };
  const after = observed(before, outcome, rules, now - memory.sinceMs);
  setHealth(store, task, { ...memory, [use]: after });
  const pause = pauseMs(after, spec.intervalMs, use === 'readiness');
  postpone(plan, pause * (1 + JITTER * (2 * options.random() - 1)), options.clock);
  if (after.verdict === before.verdict) return;
  log.info('probe', { task, use, verdict: after.verdict, why: after.message });
  store.saveSoon();
  options.onChange();
}

function postpone(plan: Plan, ms: number, clock: Clock): void {
  plan.setAtMs = clock.now();
  plan.dueAtMs = plan.setAtMs + ms;
  plan.underWay = false;
}

function setHealth(store: Store, task: string, memory: HealthMemory | undefined): void {
  const { [task]: before, ...others } = store.get().health;
  if (before === memory) return;
  store.set({ health: memory === undefined ? others : { ...others, [task]: memory } });
}

function healthOf({ manifest }: AgentState, task: string): HealthSpec | undefined {
  const assignment = manifest?.assignments.find((each) => each.task === task);
  return assignment && manifest?.specs[assignment.spec]?.health;
}

function probeOf(state: AgentState, { task, use }: Plan): ActiveProbe | undefined {
  const spec = healthOf(state, task)?.[use];
  return spec === undefined || spec.kind === 'docker' ? undefined : spec;
}

/** Those of containers that just started soon; those that go on after a restart of the agent over their interval. */
function firstPauseMs(state: AgentState, plan: Plan, nowMs: number, random: () => number): number {
  const probe = probeOf(state, plan);
  const memory = state.health[plan.task];
  if (probe === undefined || memory === undefined) return 0;
  const restMs = Math.max(0, probe.initialDelayMs - (nowMs - memory.sinceMs));
  const fresh = memory[plan.use]?.verdict === 'starting';
  return restMs + random() * (fresh ? Math.min(FIRST_SPREAD_MS, probe.intervalMs) : probe.intervalMs);
}

function plansOf({ task, run, uses }: ProbedTask): [string, Plan][] {
  return uses.map((use) => [`${task} ${use}`, { task, use, run, underWay: false, dueAtMs: 0, setAtMs: 0 }]);
}

/** Only ever the container itself: its own address on the bridge, or a command inside. */
function targetOf(spec: ActiveProbe, { id, address }: Container): ProbeTarget | undefined {
  if (spec.kind === 'exec') return { kind: 'exec', container: id, command: spec.command };
  if (address === '') return undefined;
  switch (spec.kind) {
    case 'http':
      return { kind: 'http', address, port: spec.port, path: spec.path };
    case 'tcp':
      return { kind: 'tcp', address, port: spec.port };
    case 'grpc':
      return { kind: 'grpc', address, port: spec.port, service: spec.service };
  }
}

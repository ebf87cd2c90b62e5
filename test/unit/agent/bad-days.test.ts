/**
 * Bad days, at random and again by their seed: containers crash, people remove them, Docker goes, the control plane
 * goes, answers get lost, the agent is killed in the middle of it, plans change. Afterwards everything is as wanted,
 * and on the way nothing happened that must never happen.
 */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Assignment } from '../../../contract/agent-protocol.ts';
import { agentWorld, type AgentWorld } from '../../support/agent-world.ts';
import { assignment, spec } from '../../support/container-spec.ts';
import { programs } from '../../support/programs.ts';
import { checkReports } from '../../support/report-rules.ts';

const slot = fc.integer({ min: 1, max: 4 });
const event = fc.oneof(
  fc.record({ kind: fc.constant('crash' as const), slot }),
  fc.record({ kind: fc.constant('remove-by-hand' as const), slot }),
  fc.record({ kind: fc.constant('docker' as const), down: fc.boolean() }),
  fc.record({ kind: fc.constant('network' as const), online: fc.boolean() }),
  fc.record({ kind: fc.constant('disk' as const), full: fc.boolean() }),
  fc.record({
    kind: fc.constant('lose-answer' as const),
    call: fc.constantFrom('create', 'start', 'kill', 'remove', 'inspect', 'list'),
    afterwards: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('kill-agent' as const) }),
  fc.record({
    kind: fc.constant('want' as const),
    slot,
    wanted: fc.constantFrom('drain', 'stop', 'gone', 'new'),
  }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;
const day = fc.array(fc.record({ afterMs: fc.nat(1500), event }), { minLength: 1, maxLength: 25 });

/** What the control plane would want, as it goes: tasks only ever go forward, a replacement is a new task. */
interface Plan {
  assignments: Assignment[];
  next: number;
}

const container = spec({ command: [...programs.graceful(0).argv], stopGraceMs: 2000 });

function act(world: AgentWorld, plan: Plan, what: Event): void {
  const name = (n: number): string => `berth-${plan.assignments.find((each) => each.slot === n)?.task ?? ''}`;
  const there = (n: number): boolean => world.docker.everything().some((each) => each.name === name(n));
  switch (what.kind) {
    case 'crash':
      if (there(what.slot)) world.docker.crash(name(what.slot));
      return;
    case 'remove-by-hand':
      if (there(what.slot)) world.docker.removeByHand(name(what.slot));
      return;
    case 'docker':
      world.docker.setDown(what.down);
      return;
    case 'network':
      world.setOnline(what.online);
      return;
    case 'disk':
      world.setDiskFull(what.full);
      return;
    case 'lose-answer':
      world.docker.failNext(what.call, 'timeout', { afterwards: what.afterwards });
      return;
    case 'kill-agent':
      return;
    case 'want':
      plan.assignments = change(plan, what.slot, what.wanted);
      world.want({ 'web-1': container }, plan.assignments);
  }
}

function change(plan: Plan, n: number, wanted: 'drain' | 'stop' | 'gone' | 'new'): Assignment[] {
  const others = plan.assignments.filter((each) => each.slot !== n);
  const own = plan.assignments.find((each) => each.slot === n);
  if (wanted === 'gone') return others;
  if (wanted === 'new') return [...others, assignment(n, { task: `shop-web-${n}-new${plan.next++}` })];
  return own === undefined
    ? others
    : [...others, { ...own, wanted: own.wanted === 'stop' ? 'stop' : wanted }];
}

/** Stops that were begun so far. */
const stopsBegun = (world: AgentWorld): number =>
  world.docker.calls.filter((call) => /^kill .* SIGTERM$/.test(call)).length;

it('ends every bad day with what is wanted, and no harm done on the way', async () => {
  await fc.assert(
    fc.asyncProperty(day, async (events) => {
      const world = agentWorld();
      const plan: Plan = { assignments: [1, 2, 3, 4].map((n) => assignment(n)), next: 0 };
      world.want({ 'web-1': container }, plan.assignments);
      world.boot();
      await world.clock.advance(1500);
      let begunBefore: number | undefined; // while offline
      for (const { afterMs, event: what } of events) {
        act(world, plan, what);
        if (what.kind === 'network' && what.online) begunBefore = undefined;
        if (what.kind === 'network' && !what.online && begunBefore === undefined) {
          await world.clock.advance(1500); // until the agent's next poll has failed
          begunBefore = stopsBegun(world);
        }
        if (what.kind === 'kill-agent') {
          await world.crash();
          world.boot();
        }
        await world.clock.advance(afterMs);
        if (begunBefore !== undefined) expect(stopsBegun(world)).toBe(begunBefore);
      }
      world.docker.setDown(false);
      world.setOnline(true);
      world.setDiskFull(false);
      await world.clock.advance(150_000);

      const wanted = plan.assignments
        .filter((each) => each.wanted === 'run')
        .map((each) => `berth-${each.task}`);
      const runs = world.docker
        .everything()
        .filter((each) => each.state === 'running')
        .map((each) => each.name);
      const over = (task: string): boolean => ['failed', 'stopped'].includes(world.told(task)?.phase ?? '');
      const draining = plan.assignments
        .filter((each) => each.wanted === 'drain')
        .map((each) => `berth-${each.task}`);
      expect(runs.filter((name) => ![...wanted, ...draining].includes(name))).toEqual([]);
      for (const name of wanted)
        expect([name, runs.includes(name) || over(name.slice('berth-'.length))]).toEqual([name, true]);
      // With a full disk the agent still tells what it then cannot remember.
      if (!events.some((each) => each.event.kind === 'disk')) checkReports(world.reports);
      await world.crash();
    }),
    { numRuns: 150 },
  );
}, 120_000);

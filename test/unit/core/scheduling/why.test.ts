/** Why a replica is where it is, and what would have to change for one that is nowhere. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hintsFor } from '../../../../functions/core/scheduling/hints.ts';
import { planPlacements } from '../../../../functions/core/scheduling/plan.ts';
import { judgeAll } from '../../../../functions/core/scheduling/verdicts.ts';
import { assignment, MIB, NOW } from '../../../support/builders.ts';
import { anyWorld, candidate, needs, rules } from '../../../support/placement-cases.ts';

describe('the verdicts', () => {
  it('are what the plan does: the same host, the same hosts that fit', () => {
    fc.assert(
      fc.property(anyWorld, fc.nat(), ({ batch, hosts, seed }, at) => {
        const one = batch[at % batch.length];
        if (one === undefined) return;
        const { verdicts, choice } = judgeAll(one, hosts, seed);
        const plan = planPlacements([one], hosts, NOW, seed);
        expect(choice?.host).toBe(plan.placed[0]?.host);
        expect(choice?.reason).toBe(plan.placed[0]?.reason);
        const refused = verdicts.filter(({ kind }) => kind === 'refused').length;
        const counted = plan.unplaced[0]?.refusals.reduce((sum, each) => sum + each.hosts, 0);
        if (counted !== undefined) expect(refused).toBe(counted);
      }),
    );
  });
});

describe('the hints', () => {
  it('hold: with the changes of any of them the task fits where it says', () => {
    fc.assert(
      fc.property(anyWorld, ({ batch, hosts, seed }) => {
        for (const { needs: one } of planPlacements(batch, hosts, NOW, seed).unplaced) {
          for (const hint of hintsFor(one, hosts)) {
            const there = hosts.filter(({ id }) => id === hint.host);
            expect([hint.message, planPlacements([hint.needs], there, NOW, seed).placed.length]).toEqual([
              hint.message,
              1,
            ]);
            expect(hint.changes.length).toBeGreaterThan(0);
          }
        }
      }),
    );
  });

  it.each([
    [needs({ memoryBytes: 1152 * MIB }), 'web-1 fits on h-a with 128 MiB of memory less'],
    [needs({ cpuMillis: 2500 }), 'web-1 fits on h-a with 0.5 vCPU less'],
    [
      needs({ rules: rules({ constraints: [{ key: 'node.labels.disk', operator: '==', value: 'ssd' }] }) }),
      'web-1 fits on h-a if the constraint node.labels.disk==ssd were dropped',
    ],
    [needs({ maxReplicasPerHost: 1 }), 'web-1 fits on h-a if max_replicas_per_node were 2'],
    [needs({ rules: rules({ pool: 'fast' }) }), 'web-1 fits on h-a if the pool fast were dropped'],
    [needs({ avoidedBy: ['db'] }), 'web-1 fits on h-a if it were not kept apart from db'],
    [
      needs({ cpuMillis: 2500, rules: rules({ pool: 'fast' }) }),
      'web-1 fits on h-a if the pool fast were dropped and with 0.5 vCPU less',
    ],
  ])('say it in words (%#)', (asked, message) => {
    const none = { cpuMillis: 0, memoryBytes: 0, pids: 0 };
    const host = candidate('h-a', {
      assignments: [assignment('w', { slot: 2, ...none }), assignment('d', { service: 'db', ...none })],
    });
    expect(hintsFor(asked, [host]).map((hint) => hint.message)).toEqual([message]);
  });

  it('tell of the nearest host, and of none that would not help', () => {
    const smaller = candidate('h-a', {
      schedulable: { cpuMillis: 1000, memoryBytes: 1024 * MIB, pids: 1000 },
    });
    const gone = candidate('h-c', { unavailable: 'is draining' });
    const hints = hintsFor(needs({ cpuMillis: 2500 }), [smaller, candidate('h-b'), gone]);
    expect(hints.map(({ message }) => message)).toEqual(['web-1 fits on h-b with 0.5 vCPU less']);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { freeOf } from '../../../../functions/core/scheduling/needs.ts';
import { planPlacements } from '../../../../functions/core/scheduling/plan.ts';
import { explain } from '../../../../functions/core/scheduling/reasons.ts';
import {
  choosePorts,
  FIRST_HOST_PORT,
  HOST_PORT_COUNT,
  LAST_HOST_PORT,
} from '../../../../functions/core/scheduling/ports.ts';
import { assignment, MIB, NOW } from '../../../support/builders.ts';
import { candidate, needs } from '../../../support/placement-cases.ts';

describe('placement', () => {
  it('says that there is no host when there is none', () => {
    const plan = planPlacements([needs()], [], NOW, 's');
    expect(plan.placed).toEqual([]);
    expect(plan.unplaced[0]?.reason).toBe('there is no host yet');
  });

  it.each([
    ['architecture', { architecture: 'arm64' as const }, /needs arm64, the host is x86_64/],
    ['cpu', { cpuMillis: 3000 }, /needs 3 vCPU, 2 of it free/],
    ['memory', { memoryBytes: 2048 * MIB }, /needs 2048 MiB of memory, 1024 MiB free/],
    ['pids', { pids: 1001 }, /needs 1001 process ids, 1000 free/],
  ])('refuses for %s in an operator’s words', (_name, over, words) => {
    expect(planPlacements([needs(over)], [candidate('h-a')], NOW, 's').unplaced[0]?.reason).toMatch(words);
  });

  it('refuses a second replica where one per host is allowed, but not the replacement of the one that is there', () => {
    const full = candidate('h-a', { assignments: [assignment('x')] });
    const second = needs({ slot: 2, maxReplicasPerHost: 1 });
    expect(planPlacements([second], [full], NOW, 's').unplaced[0]?.reason).toMatch(
      /already has 1 of at most 1 replicas of web/,
    );
    expect(planPlacements([needs({ slot: 1, maxReplicasPerHost: 1 })], [full], NOW, 's').placed).toHaveLength(
      1,
    );
  });

  it('packs: the host with the least leftover wins', () => {
    const used = candidate('h-used', {
      assignments: [assignment('x', { service: 'other', cpuMillis: 1000, memoryBytes: 512 * MIB })],
    });
    expect(planPlacements([needs()], [candidate('h-empty'), used], NOW, 's').placed[0]?.host).toBe('h-used');
  });

  it('counts what earlier tasks of the batch take', () => {
    const batch = [1, 2, 3].map((slot) => needs({ slot, cpuMillis: 900 }));
    const plan = planPlacements(batch, [candidate('h-a')], NOW, 's');
    expect([plan.placed.length, plan.unplaced.length]).toEqual([2, 1]);
  });

  it('does not depend on the order of the batch', () => {
    const batch = [1, 2, 3, 4].map((slot) => needs({ slot, cpuMillis: slot * 200 }));
    const hosts = [candidate('h-a'), candidate('h-b')];
    expect(planPlacements([...batch].reverse(), [...hosts].reverse(), NOW, 's').placed).toEqual(
      planPlacements(batch, hosts, NOW, 's').placed,
    );
  });

  it('gives ended tasks’ resources back, but not their ports', () => {
    const one = assignment('x', { cpuMillis: 2000 });
    const host = candidate('h-a', { assignments: [one], ended: new Set([one.task]) });
    expect(freeOf(host).cpuMillis).toBe(2000);
    const ports = choosePorts([{ name: 'http', container: 80, protocol: 'tcp' }], host.assignments, 'seed');
    expect(ports?.[0]?.host).not.toBe(20_001);
  });

  it('counts equal refusals together', () => {
    const example = { host: 'h-a', filter: 'cpu' as const, message: 'needs 3 vCPU' };
    expect(explain([{ filter: 'cpu', hosts: 2, example }])).toBe(
      '2 hosts: have too little CPU free (h-a: needs 3 vCPU)',
    );
  });
});

describe('host ports', () => {
  it('stay in the range and avoid what is taken', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: FIRST_HOST_PORT, max: LAST_HOST_PORT }), { maxLength: 50 }),
        fc.string(),
        (taken, seed) => {
          const assignments = taken.map((port, index) =>
            assignment(String(index), { ports: [{ name: 'p', container: 1, protocol: 'tcp', host: port }] }),
          );
          const chosen =
            choosePorts(
              [1, 2, 3].map((container) => ({ name: 'p', container, protocol: 'tcp' as const })),
              assignments,
              seed,
            ) ?? [];
          const numbers = chosen.map((port) => port.host);
          expect(new Set([...numbers, ...taken]).size).toBe(numbers.length + taken.length);
          for (const number of numbers)
            expect(number >= FIRST_HOST_PORT && number <= LAST_HOST_PORT).toBe(true);
        },
      ),
    );
  });

  it('run out with null, not for ever', () => {
    const all = assignment('all', {
      ports: Array.from({ length: HOST_PORT_COUNT }, (_, index) => ({
        name: 'p',
        container: 1,
        protocol: 'tcp' as const,
        host: FIRST_HOST_PORT + index,
      })),
    });
    expect(choosePorts([{ name: 'p', container: 1, protocol: 'tcp' }], [all], 's')).toBeNull();
  });
});

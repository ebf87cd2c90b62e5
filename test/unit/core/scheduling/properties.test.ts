/** What holds of every plan, whatever the cluster. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NO_RULES } from '../../../../functions/core/model/placement.ts';
import { freeGpus } from '../../../../functions/core/scheduling/gpus.ts';
import { labelOf, obeys, tolerates } from '../../../../functions/core/scheduling/host-labels.ts';
import { freeOf } from '../../../../functions/core/scheduling/needs.ts';
import { planPlacements } from '../../../../functions/core/scheduling/plan.ts';
import { anyWorld, candidate, carriedOut, needs } from '../../../support/placement-cases.ts';
import { oraclePlan } from '../../../support/placement-oracle.ts';
import { NOW } from '../../../support/builders.ts';

const nameOf = (one: { service: string; slot: number }): string => `${one.service}-${one.slot}`;

describe('a plan, for any cluster', () => {
  it('is what a plain implementation says, and refuses for the same reasons', () => {
    fc.assert(
      fc.property(anyWorld, ({ batch, hosts, seed }) => {
        const plan = planPlacements(batch, hosts, NOW, seed);
        const placed = new Map(plan.placed.map((one) => [nameOf(one.needs), one.host]));
        const unplaced = new Map(plan.unplaced.map((one) => [nameOf(one.needs), one.refusals]));
        for (const answer of oraclePlan(batch, hosts, seed)) {
          const name = nameOf(answer.needs);
          expect([name, placed.get(name) ?? null]).toEqual([name, answer.host]);
          const refused = unplaced.get(name)?.map(({ filter, hosts: count }) => [filter, count]) ?? [];
          expect(Object.fromEntries(refused)).toEqual(answer.refused);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('exceeds no host in any dimension, and gives no port twice', () => {
    fc.assert(
      fc.property(anyWorld, ({ batch, hosts, seed }) => {
        const plan = planPlacements(batch, hosts, NOW, seed);
        expect(plan.placed.length + plan.unplaced.length).toBe(batch.length);
        for (const host of carriedOut(hosts, plan, seed)) {
          const free = freeOf(host);
          expect(Math.min(free.cpuMillis, free.memoryBytes, free.pids)).toBeGreaterThanOrEqual(0);
          const disk = host.assignments.reduce((total, one) => total + (one.diskBytes ?? 0), 0);
          expect(disk).toBeLessThanOrEqual(host.schedulable.diskBytes ?? Infinity);
          for (const [, percent] of freeGpus(host)) expect(percent).toBeGreaterThanOrEqual(0);
          const ports = host.assignments.flatMap((one) => one.ports.map((port) => port.host));
          expect(new Set(ports).size).toBe(ports.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every rule of every service', () => {
    fc.assert(
      fc.property(anyWorld, ({ batch, hosts, seed }) => {
        const plan = planPlacements(batch, hosts, NOW, seed);
        const after = new Map(carriedOut(hosts, plan, seed).map((host) => [host.id, host]));
        for (const { needs: of, host: id } of plan.placed) {
          const host = after.get(id);
          if (host === undefined) throw new Error(`there is no host ${id}`);
          const { constraints, tolerations, antiAffinity, pool } = of.rules ?? NO_RULES;
          expect(host.unavailable).toBeUndefined();
          expect(constraints.filter((one) => !obeys(host, one))).toEqual([]);
          expect(host.pool?.taints.filter((taint) => !tolerates(tolerations, taint))).toEqual([]);
          expect([pool, undefined]).toContain(
            pool === undefined ? undefined : labelOf(host, 'node.labels.pool'),
          );
          const others = host.assignments.filter((one) => one.service !== of.service || one.slot !== of.slot);
          const apart = [...antiAffinity, ...(of.avoidedBy ?? [])];
          expect(others.filter((one) => apart.includes(one.service))).toEqual([]);
          const own = new Set(others.filter((one) => one.service === of.service).map((one) => one.slot));
          if (of.maxReplicasPerHost !== undefined)
            expect(own.size).toBeLessThanOrEqual(
              Math.max(of.maxReplicasPerHost - 1, alreadyOver(of, hosts, id)),
            );
        }
      }),
      { numRuns: 300 },
    );
  });

  /** What was there before the rule was set is not moved by it. */
  const alreadyOver = (
    of: { service: string; slot: number },
    hosts: readonly { id: string; assignments: readonly { service: string; slot: number }[] }[],
    id: string,
  ): number =>
    new Set(
      hosts
        .find((host) => host.id === id)
        ?.assignments.filter((one) => one.service === of.service && one.slot !== of.slot)
        .map((one) => one.slot),
    ).size;

  it('is the same for the same seed, in whatever order things are read', () => {
    fc.assert(
      fc.property(anyWorld, fc.nat(), ({ batch, hosts, seed }, turn) => {
        const turned = <T>(items: readonly T[]): T[] => {
          const at = items.length === 0 ? 0 : turn % items.length;
          return [...items.slice(at), ...items.slice(0, at)].reverse();
        };
        expect(planPlacements(turned(batch), turned(hosts), NOW, seed)).toEqual(
          planPlacements(batch, hosts, NOW, seed),
        );
      }),
    );
  });

  it('leaves nothing that would fit: planned again once it is carried out, it places nothing', () => {
    fc.assert(
      fc.property(anyWorld, ({ batch, hosts, seed }) => {
        const plan = planPlacements(batch, hosts, NOW, seed);
        const rest = plan.unplaced.map((one) => one.needs);
        expect(planPlacements(rest, carriedOut(hosts, plan, seed), NOW, seed).placed).toEqual([]);
      }),
    );
  });

  it('spreads the replicas of a service evenly over zones, then over hosts, where there is room', () => {
    const zones = ['z1', 'z2', 'z3'];
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 1, max: 3 }),
        fc.string(),
        (replicas, each, seed) => {
          const hosts = zones.flatMap((zone) =>
            Array.from({ length: each }, (_, index) => candidate(`h-${zone}-${index}`, { zone })),
          );
          const batch = Array.from({ length: replicas }, (_, index) =>
            needs({ slot: index + 1, replicas, cpuMillis: 1, memoryBytes: 1, pids: 1 }),
          );
          const { placed } = planPlacements(batch, hosts, NOW, seed);
          const perZone = zones.map(
            (zone) => placed.filter(({ host }) => host.startsWith(`h-${zone}-`)).length,
          );
          const perHost = hosts.map(({ id }) => placed.filter(({ host }) => host === id).length);
          expect(Math.max(...perZone) - Math.min(...perZone)).toBeLessThanOrEqual(1);
          expect(Math.max(...perHost) - Math.min(...perHost)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

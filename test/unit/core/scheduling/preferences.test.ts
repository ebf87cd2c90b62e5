/** Which of the hosts that fit is chosen, and what the reason says. */
import { describe, expect, it } from '@jest/globals';
import type { HostImage } from '../../../../functions/core/model/placement.ts';
import type { Candidate, TaskNeeds } from '../../../../functions/core/scheduling/needs.ts';
import { hash32 } from '../../../../functions/core/random.ts';
import { planPlacements } from '../../../../functions/core/scheduling/plan.ts';
import { assignment, MIB, NOW } from '../../../support/builders.ts';
import { candidate, needs, rules } from '../../../support/placement-cases.ts';

const place = (batch: readonly TaskNeeds[], hosts: readonly Candidate[]) => {
  const { placed, unplaced } = planPlacements(batch, hosts, NOW, 's');
  return {
    hosts: placed.map(({ host }) => host),
    reasons: [...placed, ...unplaced].map(({ reason }) => reason),
  };
};
const busy = assignment('x', { service: 'other', cpuMillis: 1000, memoryBytes: 512 * MIB });
const image: HostImage = { image: 'shop-web:latest', layers: [{ id: 'l1', bytes: 300 * MIB }] };

describe('image locality', () => {
  const withImage = candidate('h-a', { images: [image] });
  const fuller = candidate('h-b', { assignments: [busy], images: [] });

  it('takes the host that has the image, although another is fuller, and says so', () => {
    const { hosts, reasons } = place([needs({ image: 'shop-web:latest' })], [withImage, fuller]);
    expect(hosts).toEqual(['h-a']);
    expect(reasons[0]).toMatch(/^it has the image, of 2 hosts that fit/);
  });

  it('goes elsewhere when that host is full', () => {
    const full = { ...withImage, assignments: [assignment('y', { service: 'other', cpuMillis: 2000 })] };
    const { hosts, reasons } = place([needs({ image: 'shop-web:latest' })], [full, fuller]);
    expect([hosts, reasons[0]]).toEqual([['h-b'], 'the only host that fits (44 % stays free)']);
  });

  it('counts the layers that another image brought', () => {
    const layers = [...image.layers, { id: 'l2', bytes: 40 * MIB }];
    const teller = candidate('h-full', {
      assignments: [assignment('y', { service: 'other', cpuMillis: 2000 })],
      images: [{ image: 'shop-web:latest', layers }],
    });
    const related = candidate('h-c', { images: [{ image: 'shop-api:latest', layers: image.layers }] });
    const { hosts, reasons } = place([needs({ image: 'shop-web:latest' })], [teller, fuller, related]);
    expect(hosts).toEqual(['h-c']);
    expect(reasons[0]).toMatch(/^least of the image to fetch \(40 MiB\)/);
  });

  it('says nothing of images that nobody knows', () => {
    const { hosts, reasons } = place([needs({ image: 'other:latest' })], [withImage, fuller]);
    expect([hosts, reasons[0]]).toEqual([['h-b'], 'least leftover of 2 hosts that fit (44 % stays free)']);
  });
});

describe('spread', () => {
  const [a, b, c] = ['z1', 'z1', 'z2'].map((zone, index) => candidate(`h-${index}`, { zone }));
  const all = [a, b, c].filter((host) => host !== undefined);

  it('of one replica is none: it packs', () => {
    const fuller = candidate('h-full', { zone: 'z1', assignments: [busy] });
    expect(place([needs()], [...all, fuller]).hosts).toEqual(['h-full']);
  });

  it('takes the zone with the fewest replicas, then the host with the fewest', () => {
    const batch = [1, 2, 3].map((slot) => needs({ slot, replicas: 3 }));
    const { hosts, reasons } = place(batch, all);
    expect([...hosts].sort()).toEqual(['h-0', 'h-1', 'h-2']);
    expect(reasons[1]).toMatch(/^fewest replicas of web in zone z[12] \(0\)/);
  });

  it('counts the replicas that are there, but not the one that is replaced', () => {
    const here = candidate('h-0', { zone: 'z1', assignments: [assignment('x', { slot: 1 })] });
    expect(place([needs({ slot: 2, replicas: 2 })], [here, ...all.slice(2)]).hosts).toEqual(['h-2']);
    const there = candidate('h-2', { zone: 'z2', assignments: [assignment('y', { slot: 2 }), busy] });
    expect(place([needs({ slot: 2, replicas: 2 })], [here, there]).hosts).toEqual(['h-2']);
  });

  it('goes by the labels that the file prefers, also for one replica', () => {
    const racks = ['r1', 'r2'].map((rack) =>
      candidate(`h-${rack}`, { pool: { name: 'default', labels: { rack }, taints: [] } }),
    );
    const busyRack = { ...racks[0], assignments: [assignment('x', { slot: 2 }), busy] } as Candidate;
    const asked = needs({ rules: rules({ spread: ['node.labels.rack'] }) });
    const { hosts, reasons } = place([asked], [busyRack, ...racks.slice(1)]);
    expect([hosts, reasons[0]]).toEqual([
      ['h-r2'],
      'fewest replicas of web in rack r2 (0), best of 2 hosts that fit (94 % stays free)',
    ]);
  });
});

describe('affinity', () => {
  it('runs beside the services that the file names', () => {
    const cache = candidate('h-cache', { assignments: [assignment('c', { service: 'cache' })] });
    const fuller = candidate('h-full', { assignments: [busy] });
    const asked = needs({ rules: rules({ affinity: ['cache'] }) });
    const { hosts, reasons } = place([asked], [fuller, cache]);
    expect([hosts, reasons[0]]).toEqual([
      ['h-cache'],
      'beside cache (affinity), best of 2 hosts that fit (89 % stays free)',
    ]);
  });

  it('of others against it keeps it away, whichever of the two is there first', () => {
    const db = candidate('h-db', { assignments: [assignment('d', { service: 'db' })] });
    const own = place([needs({ rules: rules({ antiAffinity: ['db'] }) })], [db]);
    const theirs = place([needs({ avoidedBy: ['db'] })], [db]);
    for (const { hosts, reasons } of [own, theirs]) {
      expect(hosts).toEqual([]);
      expect(reasons).toEqual(['h-db: runs db, from which web is kept apart (antiAffinity)']);
    }
  });
});

it('keeps off the host where the last task of the replica failed, unless there is no other', () => {
  const fuller = candidate('h-full', { assignments: [busy] });
  const asked = needs({ failedOn: ['h-full'] });
  const { hosts, reasons } = place([asked], [fuller, candidate('h-b')]);
  expect([hosts, reasons[0]]).toEqual([
    ['h-b'],
    'the last task of this replica did not fail there, best of 2 hosts that fit (94 % stays free)',
  ]);
  expect(place([asked], [fuller]).hosts).toEqual(['h-full']);
});

it('hands out GPUs by id, shares of the fullest first', () => {
  const host = candidate('h-gpu', { schedulable: { ...candidate('').schedulable, gpus: ['g0', 'g1'] } });
  const share = (slot: number): TaskNeeds => needs({ slot, gpus: { count: 1, sharePercent: 40 } });
  const { placed, unplaced } = planPlacements([1, 2, 3, 4, 5].map(share), [host], NOW, 's');
  expect(placed.map(({ gpus }) => gpus)).toEqual([['g0'], ['g0'], ['g1'], ['g1']]);
  expect(unplaced[0]?.reason).toBe('h-gpu: needs 40 % of a GPU, at most 20 % of one is free');
});

it('packs twenty mixed services onto at most one host more than the least that could do', () => {
  const capacity = { cpuMillis: 2000, memoryBytes: 2048 * MIB, pids: 30_000 };
  /** Evenly from `from` to `to`: fast-check's numbers lean to the ends, where no packing can do it. */
  const size = (name: string, from: number, to: number): number =>
    from + Math.floor((hash32(name) / 2 ** 32) * (to - from));
  for (let mix = 0; mix < 500; mix += 1) {
    const batch = Array.from({ length: 20 }, (_, index) =>
      needs({
        service: `s${index}`,
        cpuMillis: size(`${mix}/${index}/cpu`, 50, 800),
        memoryBytes: size(`${mix}/${index}/memory`, 32, 800) * MIB,
      }),
    );
    const sum = (pick: (one: TaskNeeds) => number): number => batch.reduce((all, one) => all + pick(one), 0);
    const least = Math.max(
      Math.ceil(sum((one) => one.cpuMillis) / capacity.cpuMillis),
      Math.ceil(sum((one) => one.memoryBytes) / capacity.memoryBytes),
    );
    const hosts = Array.from({ length: least + 1 }, (_, index) =>
      candidate(`h-${index}`, { schedulable: capacity }),
    );
    expect([mix, planPlacements(batch, hosts, NOW, 's').unplaced]).toEqual([mix, []]);
  }
});

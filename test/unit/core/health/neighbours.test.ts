import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  beatPaceMs,
  NEW_HOST_MS,
  outdatedNeighbours,
  watchRing,
} from '../../../../functions/core/health/neighbours.ts';
import { hostId } from '../../../../functions/core/model/ids.ts';
import { host, settings } from '../../../support/builders.ts';

const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{10}$/), { maxLength: 40 });
const hostsOf = (ids: readonly string[]) =>
  ids.map((id, index) => host(id, { id: hostId(`h-${id}`), address: `10.0.0.${index}` }));

describe('the ring of neighbours', () => {
  it('has every host watch three others, and be watched by three', () => {
    fc.assert(
      fc.property(names, (ids) => {
        const ring = watchRing(hostsOf(ids));
        const count = Math.min(3, Math.max(0, ids.length - 1));
        for (const id of ids.map(hostOf)) {
          const watched = ring.get(id)!.map((one) => one.host);
          expect(watched).not.toContain(id);
          expect(new Set(watched).size).toBe(count);
          expect([...ring.values()].filter((list) => list.some((one) => one.host === id))).toHaveLength(
            count,
          );
        }
      }),
    );
  });

  it('is the same in whatever order the hosts come', () => {
    fc.assert(
      fc.property(names, (ids) => {
        const hosts = hostsOf(ids);
        expect(watchRing(hosts.toReversed())).toEqual(new Map([...watchRing(hosts)]));
      }),
    );
  });

  it('changes for at most three others when one comes or goes', () => {
    fc.assert(
      fc.property(names, (ids) => {
        const hosts = hostsOf(ids);
        const settled = hosts.map((one) => ({ ...one, neighbours: watchRing(hosts).get(one.id)! }));
        expect(outdatedNeighbours(settled)).toEqual([]);
        const left = settled.slice(1);
        expect(outdatedNeighbours(left).length).toBeLessThanOrEqual(left.length < 4 ? left.length : 3);
      }),
    );
  });

  it('keeps suspect hosts, and drops those that are lost, not there yet, or gone', () => {
    const states = ['ready', 'suspect', 'draining', 'lost', 'booting', 'terminating', 'terminated'] as const;
    const hosts = states.map((state, index) => host(state, { state, address: `10.0.0.${index}` }));
    expect([...watchRing(hosts).keys()].sort()).toEqual(['h-draining', 'h-ready', 'h-suspect']);
  });
});

describe('the pace of beats', () => {
  it('is that of a small cluster while a host is new or has fewer than three neighbours', () => {
    const neighbour = { host: hostId('h-x'), address: '10.0.0.1' };
    const pace = (count: number, beatMs = 60_000, ageMs = NEW_HOST_MS) => {
      const neighbours = Array.from({ length: count }, () => neighbour);
      return beatPaceMs({ neighbours, registeredAtMs: 1000 }, settings({ beatMs }), 1000 + ageMs);
    };
    expect([0, 1, 2, 3].map((count) => pace(count))).toEqual([15_000, 15_000, 15_000, 60_000]);
    expect(pace(2, 1000)).toBe(1000);
    expect(pace(3, 60_000, NEW_HOST_MS - 1)).toBe(15_000); // its watchers may not know of it yet
  });
});

const hostOf = (id: string) => hostId(`h-${id}`);

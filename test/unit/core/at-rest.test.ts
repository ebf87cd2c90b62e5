/** What is remembered of rows never changes what is decided about them. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideCluster } from '../../../functions/core/decide-cluster.ts';
import { LEFT_KEPT_MS, planDirectory } from '../../../functions/core/discovery/plan-directory.ts';
import type { DirectoryName } from '../../../functions/core/model/directory.ts';
import type { Snapshot } from '../../../functions/core/model/snapshot.ts';
import { sameList } from '../../../functions/core/same-list.ts';
import {
  assignment,
  directoryName,
  head,
  host,
  NOW,
  reportOf,
  revision,
  serviceSpec,
  snapshot,
  taskReport,
  ZONE,
} from '../../support/builders.ts';

const hosts = [
  host('a'),
  host('a', { drain: { reason: 'it is to be emptied', byMs: null, sinceMs: NOW, cause: 'asked' } }),
  host('a', { state: 'suspect', reason: 'silent' }),
];
const manifests = [
  [assignment('a')],
  [assignment('a'), assignment('b', { createdAtMs: NOW })],
  [assignment('a', { wanted: 'drain' })],
].map((assignments, index) => ({
  host: host('a').id,
  generation: 1,
  assignments,
  agent: null,
  version: index,
}));
const healthy = reportOf(host('a'), [taskReport('web-1-a')]);
const reports = [
  healthy,
  { ...healthy, seq: 2, tasks: [...healthy.tasks] },
  reportOf(host('a'), [taskReport('web-1-a', { health: 'unhealthy' })]),
  reportOf(host('a'), [taskReport('web-1-a', { phase: 'failed', health: 'unhealthy' })]),
];
const revisions = [
  revision({ web: serviceSpec() }),
  revision({ web: serviceSpec({ replicas: 2 }) }),
  revision({ web: serviceSpec() }, { digest: 'd2' }),
];
const base = snapshot({
  stacks: [head()],
  revisions: [revisions[0]!],
  hosts: [{ host: hosts[0]!, manifest: manifests[0]!, report: healthy, lease: null }],
});
/** The row that a pass writes when all is well, and the names that it finds applied then. */
const [converged] = decideCluster(base, NOW, 'seed').services;
const services = [
  [{ ...converged!, version: 1 }],
  [{ ...converged!, version: 1, state: 'failed' as const }],
  [],
];
const applied: readonly DirectoryName[] = planDirectory(base, ZONE, NOW).names.map(({ after }) => after);
const names = [
  applied,
  [...applied],
  applied.slice(1),
  [
    ...applied,
    directoryName('gone.shop', {
      'web-1-z': { state: 'leaving', plan: 1, ttlSeconds: 10, serving: false, outAtMs: NOW },
    }),
  ],
];

/** Mostly the first: what rests is known only if it rested before, and one thing at a time changes then. */
const oneOf = <Item>(items: readonly Item[]): fc.Arbitrary<Item> =>
  fc.oneof(
    { weight: 7, arbitrary: fc.constantFrom(...items.slice(0, 1)) },
    { weight: 1, arbitrary: fc.constantFrom(...items.slice(1)) },
  );
const looks = fc.array(
  fc.record({
    host: oneOf(hosts),
    manifest: oneOf(manifests),
    report: oneOf(reports),
    revision: oneOf(revisions),
    services: oneOf(services),
    names: oneOf(names),
    unsure: oneOf([false, true]),
    nowMs: oneOf([NOW, NOW + 1000, NOW + LEFT_KEPT_MS, NOW + LEFT_KEPT_MS + 1, NOW + 3_600_000]),
  }),
  { minLength: 2, maxLength: 12 },
);

describe('a look at rows that were looked at before', () => {
  it('finds what the first look at their like finds', () => {
    fc.assert(
      fc.property(looks, (all) => {
        for (const look of all) {
          const state: Snapshot = {
            ...base,
            revisions: [look.revision],
            services: look.services,
            hosts: [{ host: look.host, manifest: look.manifest, report: look.report, lease: null }],
            directory: { head: { ...base.directory.head, unsure: look.unsure }, names: look.names },
          };
          const fresh = structuredClone(state);
          expect(decideCluster(state, look.nowMs, 'seed')).toEqual(decideCluster(fresh, look.nowMs, 'seed'));
          expect(planDirectory(state, ZONE, look.nowMs)).toEqual(planDirectory(fresh, ZONE, look.nowMs));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the same list', () => {
  it('is one with the same members in the same order, and no other', () => {
    const same = sameList<object>();
    const [a, b, c] = [{}, {}, {}];
    const first = same([a, b]);
    expect(same([a, b])).toBe(first);
    expect(same([a, c])).toEqual([a, c]);
    expect(same([a, c])).not.toBe(first);
    expect(same([b, a])).toEqual([b, a]);
    expect(same([])).toEqual([]);
  });
});

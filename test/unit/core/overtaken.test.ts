/** Found by the simulation: what a deploy leaves behind that a newer one overtakes. */
import { describe, expect, it } from '@jest/globals';
import { EMPTY_HEAD } from '../../../functions/core/model/directory.ts';
import { planDirectory } from '../../../functions/core/discovery/plan-directory.ts';
import { decideCluster } from '../../../functions/core/decide-cluster.ts';
import {
  assignment,
  directoryName,
  head,
  host,
  hostView,
  NOW,
  revision,
  serviceSpec,
  snapshot,
  taskReport,
  ZONE,
} from '../../support/builders.ts';
import { taskId } from '../../../functions/core/model/ids.ts';

const task = (name: string, digest: string, createdAtMs: number) =>
  assignment(name, { task: taskId(`web-1-${name}`), digest, createdAtMs });

describe('a deploy that a newer one overtakes', () => {
  const [old, overtaken] = [task('old', 'd1', NOW - 60_000), task('overtaken', 'd2', NOW - 5000)];
  const decide = (health: 'healthy' | 'starting') =>
    decideCluster(
      snapshot({
        stacks: [head('shop', { revision: 3 })],
        revisions: [revision({ web: serviceSpec() }, { number: 3, digest: 'd3' })],
        hosts: [
          hostView(
            host('a'),
            [old, overtaken],
            [taskReport('web-1-old', { health }), taskReport('web-1-overtaken', { health: 'starting' })],
          ),
        ],
      }),
      NOW,
      'seed',
    ).manifests[0]?.assignments.map(({ digest, wanted }) => `${digest} ${wanted}`);

  it('loses its tasks at once; what serves stays until the newest does', () => {
    expect(decide('healthy')).toEqual(['d1 run', 'd2 drain', 'd3 run']);
  });
  it('keeps one older task even if none serves', () => {
    expect(decide('starting')).toEqual(['d1 run', 'd2 drain', 'd3 run']);
  });
});

describe('a task of which the directory knows nothing, and which is on its way out', () => {
  const machine = host('a');
  const gone = assignment('gone', { wanted: 'drain', wantedAtMs: NOW });
  const target = `0 1 ${gone.ports[0]?.host} ${machine.id}.${ZONE}.`;
  const entryOf = (over: { unsure?: boolean; values?: readonly string[] }) => {
    const records = over.values
      ? [
          {
            name: `_http._tcp.web.shop.${ZONE}`,
            type: 'SRV' as const,
            ttlSeconds: 10,
            values: [...over.values],
          },
        ]
      : [];
    const names = over.values ? [directoryName('web.shop', {}, { records })] : [];
    const directory = { head: { ...EMPTY_HEAD, plan: 4, unsure: over.unsure ?? false }, names };
    const shot = snapshot({
      hosts: [hostView(machine, [gone], [taskReport(gone.task)])],
      directory,
    });
    return planDirectory(shot, ZONE, NOW).names.find(({ after }) => after.owner === 'web.shop')?.after.tasks[
      gone.task
    ];
  };

  it('was never published, and is out', () => {
    expect(entryOf({})).toMatchObject({ state: 'leaving', plan: 0, outAtMs: NOW });
  });
  it('is not out if the zone, read anew, names it: its removal is confirmed first', () => {
    expect(entryOf({ values: [target] })).toEqual({
      state: 'leaving',
      plan: 5,
      ttlSeconds: 10,
      serving: false,
      final: true,
    });
  });
  it('is not out while nobody knows what became of the last batch', () => {
    expect(entryOf({ unsure: true })).toEqual({
      state: 'leaving',
      plan: 5,
      ttlSeconds: 10,
      serving: false,
      final: true,
    });
  });
});

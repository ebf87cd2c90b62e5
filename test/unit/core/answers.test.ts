import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ANSWERS_MAX, wantedService } from '../../../functions/core/discovery/wanted-records.ts';
import { hash32 } from '../../../functions/core/random.ts';
import { viewTasks } from '../../../functions/core/rollout/task-view.ts';
import { assignment, host, hostView, snapshot, taskReport, ZONE } from '../../support/builders.ts';

describe('the replicas that a full answer names', () => {
  it('are those of the least hashes, whatever order they come in', () => {
    const sizes = fc.integer({ min: ANSWERS_MAX + 1, max: 3 * ANSWERS_MAX });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 1000 }), (size, from) => {
        const tasks = Array.from({ length: size }, (_, index) =>
          assignment(`${from + index}`, {
            slot: index + 1,
            ports: [{ name: 'http', container: 80, protocol: 'tcp', host: 20_000 + index }],
          }),
        );
        const hosts = [
          hostView(
            host('a'),
            tasks,
            tasks.map(({ task }) => taskReport(task)),
          ),
        ];
        const wanted = wantedService(viewTasks(snapshot({ hosts })), { zone: ZONE, ttlSeconds: 10 });
        const targets = wanted?.records.find(({ type }) => type === 'SRV')?.values ?? [];
        const least = tasks
          .toSorted((a, b) => hash32(`shop/web/${a.task}`) - hash32(`shop/web/${b.task}`))
          .slice(0, ANSWERS_MAX);
        const ports = targets.map((target) => Number(target.split(' ')[2]));
        expect(ports.sort()).toEqual(least.map(({ ports: [port] }) => port!.host).sort());
      }),
      { numRuns: 20 },
    );
  });
});

/** What must hold between the reports of one host, however often its agent was killed in between. */
import { expect } from '@jest/globals';
import { mayFollow } from '../../agent/tasks/task-state.ts';
import type { Report } from '../../contract/agent-protocol.ts';

/** Phases only go forward, and numbers only grow. */
export function checkReports(reports: readonly Report[]): void {
  const last = new Map<string, Report['tasks'][number]>();
  reports.forEach((report, index) => {
    if (index > 0) expect(report.seq).toBeGreaterThan(reports[index - 1]?.seq ?? 0);
    for (const task of report.tasks) {
      const before = last.get(task.task);
      if (before !== undefined) {
        expect([before.phase, task.phase, mayFollow(before.phase, task.phase)]).toEqual([
          before.phase,
          task.phase,
          true,
        ]);
        expect(task.attempt).toBeGreaterThanOrEqual(before.attempt);
      }
      last.set(task.task, task);
    }
  });
}

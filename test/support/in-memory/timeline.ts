/** The in-memory twin of the time lines: points expire as the table's do, only at once. */
import { TIMELINE_DAYS } from '../../../functions/adapters/dynamodb/items/scale-items.ts';
import type { ScalePoint } from '../../../functions/core/model/autoscale.ts';
import type { Timeline } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { frozenCopy } from './versioned-rows.ts';

export const inMemoryTimeline = () => {
  const lines = new Map<string, Map<number, ScalePoint>>();
  const lineOf = (stack: string, service: string): Map<number, ScalePoint> => {
    const key = `${stack}#${service}`;
    const line = lines.get(key) ?? new Map<number, ScalePoint>();
    lines.set(key, line);
    return line;
  };
  return withFaults<Timeline>({
    append: (point) => {
      const line = lineOf(point.stack, point.service);
      line.set(point.atMs, frozenCopy(point));
      const oldestMs = point.atMs - TIMELINE_DAYS * 86_400_000;
      for (const atMs of line.keys()) if (atMs < oldestMs) line.delete(atMs);
    },
    list: ({ stack, service, sinceMs, limit }) =>
      [...lineOf(stack, service).values()]
        .filter(({ atMs }) => atMs >= sinceMs)
        .sort((a, b) => a.atMs - b.atMs)
        .slice(-limit),
  });
};

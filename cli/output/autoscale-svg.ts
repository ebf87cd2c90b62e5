/** A service's time line as the API tells it -> SVG: the load of its first target, replicas, hosts, decisions. */
import type { ScaleTimeline } from '../../contract/scale-api.ts';
import { timeLineSvg } from './plot/time-line.ts';

/** At least one point. */
export function drawTimeline({ stack, service, points }: ScaleTimeline): string {
  const target = points.at(-1)?.loads[0]?.target ?? 'load';
  return timeLineSvg({
    title: `${stack}/${service}`,
    loadName: target === 'cpu' || target === 'memory' ? `${target}, %` : target,
    time: 'clock',
    points: points.map(({ at, wanted, healthy, hosts, loads }) => ({
      atMs: Date.parse(at),
      load: loads.find((one) => one.target === target)?.load ?? null,
      wanted,
      running: healthy,
      hosts,
    })),
    marks: points.flatMap(({ at, direction, reason }) =>
      direction === 'hold' ? [] : [{ atMs: Date.parse(at), kind: direction, text: reason }],
    ),
  });
}

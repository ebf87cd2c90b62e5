/** Lines of a time line: as a polyline, or as steps that hold until the next point. Unknown values leave gaps. */
import { short } from './svg.ts';
import type { TimeLinePoint } from './time-line.ts';

type Series = Exclude<keyof TimeLinePoint, 'atMs'>;
type Place = (value: number) => number;

/** At most `max` points: of each stretch the first, with the highest value of every line, so that no peak is lost. */
export function thinned(points: readonly TimeLinePoint[], max: number): readonly TimeLinePoint[] {
  const last = points.at(-1);
  if (points.length <= max || last === undefined) return points;
  const stretch = Math.ceil((points.length - 1) / (max - 1));
  const kept: TimeLinePoint[] = [];
  for (let start = 0; start < points.length - 1; start += stretch)
    kept.push(highest(points.slice(start, Math.min(start + stretch, points.length - 1))));
  return [...kept, last];
}

function highest(points: readonly TimeLinePoint[]): TimeLinePoint {
  const over = (name: Series): number | null =>
    points.reduce<number | null>((max, { [name]: value }) => {
      if (value === null) return max;
      return max === null ? value : Math.max(max, value);
    }, null);
  return {
    atMs: points[0]?.atMs ?? 0,
    load: over('load'),
    wanted: over('wanted'),
    running: over('running'),
    hosts: over('hosts'),
  };
}

export function linePath(points: readonly TimeLinePoint[], name: Series, x: Place, y: Place): string {
  let isOn = false;
  let path = '';
  for (const { atMs, [name]: value } of points) {
    if (value !== null) path += `${isOn ? 'L' : 'M'}${short(x(atMs))} ${short(y(value))}`;
    isOn = value !== null;
  }
  return path;
}

export function stepPath(points: readonly TimeLinePoint[], name: Series, x: Place, y: Place): string {
  let before: number | null = null;
  let path = '';
  const last = points.at(-1);
  for (const point of points) {
    const { atMs, [name]: value } = point;
    if (before !== null && (value !== before || point === last)) path += `H${short(x(atMs))}`;
    if (value !== null && value !== before)
      path += before === null ? `M${short(x(atMs))} ${short(y(value))}` : `V${short(y(value))}`;
    before = value;
  }
  return path;
}

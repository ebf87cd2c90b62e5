/** The autoscaler of a service, for readers: what it sees now, and how it went. */
import type { AutoscaleStatus, ScaleTimeline } from '../../contract/scale-api.ts';
import { showScaling } from '../commands/scale.ts';
import { showDuration } from '../duration.ts';
import type { Paint } from './paint.ts';
import { NONE, table } from './table.ts';
import { timeOfDay } from './times.ts';

type Load = AutoscaleStatus['loads'][number];

const PERCENT: readonly string[] = ['cpu', 'memory'];

/** `58 %`, `12.5`; `-`: nothing was told. */
export function showLoad({ target, load }: Pick<Load, 'target' | 'load'>): string {
  if (load === null) return NONE;
  const short = String(Number(load.toPrecision(3)));
  return PERCENT.includes(target) ? `${short} %` : short;
}

export function showAutoscale(status: AutoscaleStatus, paint: Paint): string {
  const { running, healthy, spec, direction, reason } = status;
  const head = `${paint('strong', showScaling(status))}; ${String(running)} running, ${String(healthy)} healthy\n`;
  if (spec === null)
    return `${head}It is not autoscaled: x-berth.autoscale at the service makes its replicas follow the load.\n`;
  const facts: (readonly [string, string])[] = [
    ['now', `${direction}: ${reason}`],
    ...status.loads.map(
      (one) => [one.target, `${showLoad(one)}, target ${showLoad({ ...one, load: one.aim })}`] as const,
    ),
    ['out', changes(spec.windowOutMs, status.cooldownOutMs, status.lastOutAt, 'after')],
    ['in', changes(spec.stabilizationInMs, status.cooldownInMs, status.lastInAt, 'after')],
    ...(status.manual === null
      ? []
      : [
          [
            'by hand',
            `by ${status.manual.by}, ${status.manual.at}; take it back: berth scale ${status.stack}/${status.service} --reset`,
          ] as const,
        ]),
  ];
  const lines = facts.map(([name, text]) => `  ${paint('quiet', name.padEnd(9))} ${text}\n`).join('');
  return `${head}${lines}${replicas(status, paint)}`;
}

function changes(windowMs: number, pauseMs: number, lastAt: string | null, after: string): string {
  const window = windowMs === 0 ? 'at once' : `${after} ${showDuration(windowMs)}`;
  const pause = pauseMs === 0 ? '' : `; ${showDuration(pauseMs)} are left of the pause`;
  return `${window}${pause}${lastAt === null ? '' : `; last at ${timeOfDay(lastAt)}`}`;
}

function replicas({ replicaLoads, loads }: AutoscaleStatus, paint: Paint): string {
  if (replicaLoads.length === 0) return '';
  return table(
    ['REPLICA', 'SERVES', 'HOST', ...loads.map(({ target }) => target.toUpperCase()), 'PROTECTED'],
    replicaLoads.map((one) => [
      paint('strong', one.replica),
      paint(one.isReady ? 'good' : 'busy', one.isReady ? 'yes' : 'no'),
      one.host,
      ...one.loads.map(
        (load) => `${showLoad(load)}${load.of === null ? '' : ` of the ${load.of.replace('-', ' ')}`}`,
      ),
      one.protection ?? 'no',
    ]),
  );
}

export function showTimeline({ points, stack, service }: ScaleTimeline, paint: Paint): string {
  if (points.length === 0) return `nothing is known of ${stack}/${service} in that time\n`;
  const targets = [...new Set(points.flatMap(({ loads }) => loads.map(({ target }) => target)))];
  return table(
    [
      'TIME',
      'WANTED',
      'RUNNING',
      'HEALTHY',
      'HOSTS',
      ...targets.map((name) => name.toUpperCase()),
      'DECISION',
      'REASON',
    ],
    points.map((point) => [
      timeOfDay(point.at),
      paint('strong', String(point.wanted)),
      String(point.running),
      String(point.healthy),
      String(point.hosts),
      ...targets.map((target) => {
        const load = point.loads.find((one) => one.target === target);
        return load === undefined ? NONE : showLoad(load);
      }),
      point.direction === 'hold' ? NONE : paint('busy', point.direction),
      paint('quiet', point.reason),
    ]),
  );
}

/** The autoscaler's rows and its time line <-> items. */
import type {
  AutoscaleMemory,
  ManualBounds,
  ScalePoint,
  ServiceScale,
} from '../../../core/model/autoscale.ts';
import { scaleKey, timelineKey } from '../table/keys.ts';
import { fieldsOf } from '../table/fields.ts';
import type { Fields, Item } from '../table/fields.ts';
import type { Key } from '../table/table.ts';

/** Points expire by the table's TTL. */
export const TIMELINE_DAYS = 14;

export const fromScale = (scale: ServiceScale, version: number): Item & Key => ({
  ...scale,
  ...scaleKey(scale.stack, scale.service),
  version,
});

export const toScale = (item: Item): ServiceScale => {
  const fields = fieldsOf(item);
  return {
    stack: fields.text('stack'),
    service: fields.text('service'),
    replicas: fields.numberOrNull('replicas'),
    reason: fields.text('reason', ''),
    memory: toMemory(fields.object('memory')),
    held: fields.textOrNull('held'),
    manual: fields.has('manual') ? toManual(fields.object('manual')) : null,
    version: fields.number('version'),
  };
};

const toMemory = (fields: Fields): AutoscaleMemory => ({
  proposals: fields.list('proposals', (one) => ({
    atMs: one.number('atMs'),
    replicas: one.number('replicas'),
  })),
  lastOutAtMs: fields.numberOrNull('lastOutAtMs'),
  lastInAtMs: fields.numberOrNull('lastInAtMs'),
});

const toManual = (fields: Fields): ManualBounds => {
  const instead = fields.numberOrNull('instead');
  return {
    min: fields.number('min'),
    max: fields.number('max'),
    by: fields.text('by'),
    atMs: fields.number('atMs'),
    ...(instead === null ? {} : { instead }),
  };
};

export const fromPoint = (point: ScalePoint): Item & Key => ({
  ...point,
  ...timelineKey(point.stack, point.service, point.atMs),
  version: 1,
  expiresAt: Math.floor(point.atMs / 1000) + TIMELINE_DAYS * 86_400,
});

export const toPoint = (item: Item): ScalePoint => {
  const fields = fieldsOf(item);
  return {
    stack: fields.text('stack'),
    service: fields.text('service'),
    atMs: fields.number('atMs'),
    wanted: fields.number('wanted'),
    running: fields.number('running', 0),
    healthy: fields.number('healthy', 0),
    hosts: fields.number('hosts', 0),
    loads: fields.list('loads', (one) => ({
      target: one.text('target'),
      load: one.numberOrNull('load'),
      aim: one.number('aim'),
    })),
    direction: fields.text('direction', 'hold') as ScalePoint['direction'],
    reason: fields.text('reason', ''),
  };
};

/** `deploy.placement` and `x-berth.placement` -> where replicas may run, and where they rather would. */
import { unknownNeighbour } from '../contract/rules/placement.ts';
import { shown } from '../contract/rules/rule.ts';
import {
  HOST_PROPERTY,
  LABEL_TEXT,
  PLACEMENT_LIMITS,
  type ConstraintSpec,
  type PlacementSpec,
  type TolerationSpec,
} from '../contract/placement-spec.ts';
import type { PlacementDocument } from '../contract/x-berth-placement.ts';
import { defined, fieldsOf, itemsOf, textOf, type Field, type Notes } from './fields.ts';
import { fieldAt } from './schema-notes.ts';

export interface PlacementReading {
  /** `deploy.placement`. */
  readonly deploy: Field | undefined;
  /** The value of `x-berth`, and what it says of placement. */
  readonly root: Field | undefined;
  readonly document: PlacementDocument | undefined;
  /** Services of the file. */
  readonly services: ReadonlySet<string>;
  readonly notes: Notes;
}

/** Absent: the file says nothing of it. */
export function readPlacement(on: PlacementReading): PlacementSpec | undefined {
  const { notes, document = {} } = on;
  const fields = fieldsOf(on.deploy, notes);
  const constraints = readConstraints(fields.get('constraints'), notes);
  const spread = readPreferences(fields.get('preferences'), notes);
  const said = on.document !== undefined && Object.keys(document).length > 0;
  if (!said && constraints.length === 0 && spread.length === 0) return undefined;
  checkNeighbours(on);
  return defined({
    pool: document.pool,
    constraints,
    spread,
    affinity: document.affinity ?? [],
    antiAffinity: document.antiAffinity ?? [],
    tolerations: (document.tolerations ?? []).flatMap((text, index) => readToleration(text, index, on)),
    priority: document.priority ?? PLACEMENT_LIMITS.priority.default,
    preempt: document.preempt,
    disruptionBudget: document.disruptionBudget,
  });
}

const PROPERTIES =
  'use node.id, node.hostname, node.platform.arch, node.platform.os or node.labels.NAME; every host has the labels zone, pool and instance-type';

function readConstraints(field: Field | undefined, notes: Notes): ConstraintSpec[] {
  const items = bounded(field, PLACEMENT_LIMITS.entries, notes);
  return items.flatMap((item) => {
    const text = textOf(item, notes);
    if (text === undefined) return [];
    const [, key = '', operator, value = ''] = /^\s*([^\s=!]+)\s*(==|!=)\s*(.*?)\s*$/s.exec(text) ?? [];
    if (operator !== '==' && operator !== '!=') {
      const remedy = 'write for example `node.labels.disk==ssd`, or `!=`';
      notes.refuse(item, `\`${shown(text)}\` is no constraint`, remedy);
      return [];
    }
    if (!HOST_PROPERTY.test(key)) {
      notes.refuse(item, `hosts have no property \`${shown(key)}\``, PROPERTIES);
      return [];
    }
    if (!LABEL_TEXT.test(value) || value.length > PLACEMENT_LIMITS.textMax) {
      notes.refuse(item, `\`${shown(value)}\` is no value of a label`, LABEL_REMEDY);
      return [];
    }
    return [{ key, operator, value }];
  });
}

const LABEL_REMEDY = `use letters, digits and inner \`.\`, \`_\`, \`/\`, \`-\`, at most ${PLACEMENT_LIMITS.textMax} characters`;

function readPreferences(field: Field | undefined, notes: Notes): string[] {
  return bounded(field, PLACEMENT_LIMITS.spread, notes).flatMap((item) => {
    const spread = fieldsOf(item, notes).get('spread');
    const key = textOf(spread, notes);
    if (spread === undefined || key === undefined) return [];
    if (HOST_PROPERTY.test(key)) return [key];
    notes.refuse(spread, `hosts have no property \`${shown(key)}\``, PROPERTIES);
    return [];
  });
}

function bounded(field: Field | undefined, most: number, notes: Notes): Field[] {
  const items = itemsOf(field, notes);
  if (field && items.length > most)
    notes.refuse(field, `has ${items.length} entries; at most ${most} are allowed`, 'leave some out');
  return items.slice(0, most);
}

function checkNeighbours({ root, document, services, notes }: PlacementReading): void {
  if (root === undefined) return;
  for (const kind of ['affinity', 'antiAffinity'] as const) {
    for (const [index, name] of (document?.[kind] ?? []).entries()) {
      if (services.has(name)) continue;
      const at = fieldAt(root, ['placement', kind, index]);
      notes.refuse(at, `\`${shown(name)}\` ${unknownNeighbour.message}`, unknownNeighbour.remedy);
    }
  }
}

/** `batch`, `batch=only`. */
function readToleration(text: string, index: number, { root, notes }: PlacementReading): TolerationSpec[] {
  const [key = '', value] = text.split(/=(.*)/s);
  const fits = (part: string): boolean => LABEL_TEXT.test(part) && part.length <= PLACEMENT_LIMITS.textMax;
  if (fits(key) && (value === undefined || value === '' || fits(value)))
    return [value === undefined ? { key } : { key, value }];
  if (root !== undefined)
    notes.refuse(
      fieldAt(root, ['placement', 'tolerations', index]),
      `\`${shown(text)}\` is no taint`,
      'write `key` or `key=value`',
    );
  return [];
}

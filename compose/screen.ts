/**
 * A document against the support table: what Berth refuses is noted by name, what it honours is handed on.
 *
 * Out comes the same tree without refused, unknown and `x-` properties, its `$$` resolved; readers need not look for
 * anything but what they honour.
 */
import { pathTo } from '../contract/problems.ts';
import { shown } from '../contract/rules/rule.ts';
import type { At, Notes } from './fields.ts';
import { PLACES, SUPPORT, type Place } from './support.ts';
import { resolveDollars } from './values/dollar.ts';
import { nearest } from './values/nearest.ts';
import type { Located, LocatedEntry, LocatedScalar } from './yaml-tree/located.ts';

/** Looking for what somebody meant costs more than all else; problems past this many are not listed anyway. */
const GUESSES_MAX = 500;

interface Screening {
  readonly notes: Notes;
  guesses: number;
}

export function screen(root: Located, notes: Notes): Located {
  return screenAt(root, PLACES, '', { notes, guesses: 0 });
}

function screenAt(node: Located, place: Place, path: string, on: Screening): Located {
  switch (node.kind) {
    case 'scalar':
      return filledIn(node, path, on.notes);
    case 'list': {
      const item = place.below.get('[]') ?? place;
      return { ...node, items: node.items.map((inner, i) => screenAt(inner, item, pathTo(path, i), on)) };
    }
    case 'map':
      return { ...node, entries: node.entries.flatMap((entry) => screenEntry(entry, place, path, on)) };
  }
}

function screenEntry(entry: LocatedEntry, place: Place, parent: string, on: Screening): LocatedEntry[] {
  const { notes } = on;
  const path = pathTo(parent, entry.key);
  const below = placeOf(entry.key, place);
  const at: At = { path, offset: entry.keyOffset };
  if (below === 'extension') {
    if (entry.key === OWN) notes.refuse(at, `\`${OWN}\` means nothing at this place`, OWN_REMEDY);
    return [];
  }
  if (below === undefined) {
    notes.refuse(
      at,
      `\`${shown(entry.key)}\` is no property of Compose at this place`,
      remedyFor(entry.key, place, on),
    );
    return [];
  }
  const { row } = below;
  if (row?.verdict === 'refused') {
    notes.refuse(at, `\`${shown(entry.key)}\` is not supported: ${row.reason}`, row.instead);
    return [];
  }
  return [{ ...entry, value: screenAt(entry.value, below, path, on) }];
}

/** A place with named properties knows its keys; one with `*`, or with nothing below, takes any. */
function placeOf(key: string, place: Place): Place | 'extension' | undefined {
  const any = place.below.get('*');
  if (any) return any;
  if (!hasProperties(place)) return NOTHING_BELOW;
  if (key === OWN && place === SERVICE) return NOTHING_BELOW;
  if (key.startsWith('x-')) return 'extension';
  return key === '[]' ? undefined : place.below.get(key);
}

/** The one extension that is read, by a schema of its own (x-berth.ts). */
const OWN = 'x-berth';
const OWN_REMEDY = 'put it below a service: `services.NAME.x-berth`';
const SERVICE = PLACES.below.get('services')?.below.get('*');

const NOTHING_BELOW: Place = { below: new Map() };
const hasProperties = (place: Place) => place.below.size > 0 && !place.below.has('[]');

function remedyFor(key: string, place: Place, on: Screening): string {
  const remove = 'remove it, or begin its name with `x-` if another program reads it';
  if (++on.guesses > GUESSES_MAX) return remove;
  const known = [...place.below.keys()];
  const meant = nearest(key, known);
  if (meant !== undefined) return `did you mean \`${meant}\`?`;
  const elsewhere = SUPPORT.find((row) => row.verdict === 'honoured' && row.path.endsWith(`.${key}`));
  if (elsewhere) return `\`${shown(key)}\` belongs at \`${elsewhere.path}\``;
  return remove;
}

function filledIn(node: LocatedScalar, path: string, notes: Notes): LocatedScalar {
  if (typeof node.value !== 'string') return node;
  const resolved = resolveDollars(node.value);
  if (resolved.kind === 'plain') return { ...node, value: resolved.text };
  const message = `variables are not filled in yet, and this holds \`${shown(resolved.variable)}\``;
  notes.refuseUnknown(
    { path, offset: node.offset },
    message,
    'write the value itself, or `$$` for a dollar sign',
  );
  return node;
}

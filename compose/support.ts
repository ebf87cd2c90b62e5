/**
 * What Berth does with each property of Compose: the one table.
 *
 * `screen.ts` refuses by it, `docs/compose-support.md` is printed from it, and the tests hold it against the official
 * schema: each property has a row, or lies below a refused one, and each row is a property. There is no third verdict.
 */
import { deployRows } from './support/deploy.ts';
import type { Row } from './support/row.ts';
import { serviceRows } from './support/service.ts';
import { stackRows } from './support/stack.ts';
import { unsupportedRows } from './support/unsupported.ts';

export type { Area, Honoured, Refused, Row } from './support/row.ts';

export const SUPPORT: readonly Row[] = [...stackRows, ...serviceRows, ...deployRows, ...unsupportedRows];

/** The table as a tree over path segments (`services`, `*`, `ports`, `[]`, `name`). */
export interface Place {
  readonly row?: Row;
  readonly below: ReadonlyMap<string, Place>;
}

interface OpenPlace {
  row?: Row;
  below: Map<string, OpenPlace>;
}

/** `services.*.ports[].name` -> `['services', '*', 'ports', '[]', 'name']` */
export function segmentsOf(path: string): string[] {
  return path.replaceAll('[]', '.[]').split('.');
}

function plant(rows: readonly Row[]): Place {
  const root: OpenPlace = { below: new Map() };
  for (const row of rows) {
    let place = root;
    for (const segment of segmentsOf(row.path)) {
      let next = place.below.get(segment);
      if (!next) place.below.set(segment, (next = { below: new Map() }));
      place = next;
    }
    place.row = row;
  }
  return root;
}

export const PLACES: Place = plant(SUPPORT);

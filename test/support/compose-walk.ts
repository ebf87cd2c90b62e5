/**
 * A walk over every property of Compose: for each one documents that use it, and what must come of them.
 *
 * The unit tests hold them against the loader; the end-to-end suite deploys those of `honouredCases` and holds the
 * containers against `expect`, which is given what `docker inspect` and `berth ps --json` show.
 */
import { schemaProperties } from '../../compose/schema-paths.ts';
import { SUPPORT, type Refused, type Row } from '../../compose/support.ts';
import { PROPERTY_CASES } from './compose-cases.ts';
import { COMPOSE_SCHEMA, concretePath, documentsWith } from './compose-schema.ts';

import type { HonouredCase } from './compose-seen.ts';

export type { HonouredCase, InspectedContainer, Seen } from './compose-seen.ts';

/** `x-walk` wherever the schema and the table allow it. */
function extensionCases(): HonouredCase[] {
  return schemaProperties(COMPOSE_SCHEMA)
    .filter(({ path }) => path.endsWith('x-*') && verdictOf(path).verdict === 'honoured')
    .filter(
      ({ path }) => !PROPERTY_CASES.some((test) => test.path === path && test.unsettled && path !== 'x-*'),
    )
    .map(({ path }) => {
      const [document] = documentsWith(path) as {
        name: string;
        services: { web: Record<string, unknown> };
      }[];
      if (!document) throw new Error(`no document for ${path}`);
      const { name: _name, services, ...rest } = document;
      const { image: _image, ...service } = services.web;
      // A port needs a target; the schema does not say so.
      if (path.includes('ports[]')) service.ports = [{ target: 8080, 'x-walk': { any: 1 } }];
      return {
        path,
        service,
        document: rest,
        noEffect: 'extensions are not read',
        expect: ({ containers }) => [[containers.length, 1]],
      };
    });
}

/** Every form of every property that is honoured. */
export function honouredCases(): readonly HonouredCase[] {
  return [...PROPERTY_CASES, ...extensionCases()];
}

/** The document of a case, as JSON (which is YAML). `service` is the service's name in it: `web`. */
export function documentOf(
  test: HonouredCase,
  options: { name: string; image: string },
): Record<string, unknown> {
  const name = test.name ?? options.name;
  return { name, ...test.document, services: { web: { image: options.image, ...test.service } } };
}

/** The row that decides about a property of the schema: its own, or the refused one above it. */
export function verdictOf(path: string): Row {
  const row = SUPPORT.find((candidate) => candidate.path === path);
  if (row) return row;
  const above = SUPPORT.find(({ path: head, verdict }) => verdict === 'refused' && isBelow(path, head));
  if (above) return above;
  const extension = path.endsWith('x-*') ? SUPPORT.find((candidate) => candidate.path === 'x-*') : undefined;
  if (extension) return extension;
  throw new Error(`no row of the support table says anything about ${path}`);
}

const isBelow = (path: string, head: string) => path.startsWith(`${head}.`) || path.startsWith(`${head}[]`);

export interface RefusedCase {
  /** Path in the schema. */
  readonly path: string;
  readonly document: unknown;
  readonly row: Refused;
  /** Path of the problem that must be told. */
  readonly at: string;
}

/** Every form of every property that is refused, or lies below one that is. */
export function refusedCases(): RefusedCase[] {
  return schemaProperties(COMPOSE_SCHEMA).flatMap(({ path }) => {
    const row = verdictOf(path);
    if (row.verdict !== 'refused') return [];
    return documentsWith(path).map((document) => ({ path, document, row, at: concretePath(row.path) }));
  });
}

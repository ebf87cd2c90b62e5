/** Every property of the official schema is honoured or refused; there is no third case. */
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { canonicalJson } from '../../../contract/canonical.ts';
import { loadCompose } from '../../../compose/load.ts';
import { schemaProperties } from '../../../compose/schema-paths.ts';
import { SUPPORT, segmentsOf } from '../../../compose/support.ts';
import { COMPOSE_SCHEMA, formOf, formsOf } from '../../support/compose-schema.ts';
import { documentOf, honouredCases, refusedCases, verdictOf } from '../../support/compose-walk.ts';

const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(COMPOSE_SCHEMA);
const properties = schemaProperties(COMPOSE_SCHEMA);
const options = { name: 'walk', image: 'walk' };
const honoured = honouredCases();
const refused = refusedCases();

describe('the support table and the official schema', () => {
  it('have the same properties', () => {
    const paths = new Set(properties.map(({ path }) => path));
    expect(SUPPORT.map(({ path }) => path).filter((path) => !paths.has(path))).toEqual([]);
    for (const { path } of properties) expect(() => verdictOf(path)).not.toThrow();
  });

  it('name each property once', () => {
    const paths = SUPPORT.map(({ path }) => path);
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
  });

  it('let nothing honoured hang below something refused', () => {
    const heads = SUPPORT.filter(({ verdict }) => verdict === 'refused').map(({ path }) => path);
    const lost = SUPPORT.filter(({ path }) =>
      heads.some((head) => path !== head && path.startsWith(`${head}.`)),
    );
    expect(lost).toEqual([]);
  });
});

/** `services.*.ports[].name` of a document: `*` is `web`, `[]` the first. */
function valueAt(document: unknown, path: string): unknown {
  return segmentsOf(path).reduce<unknown>((value, segment) => {
    const key = segment === '*' ? 'web' : segment === '[]' ? '0' : segment;
    return (value as Record<string, unknown> | null)?.[key];
  }, document);
}

describe('honoured properties', () => {
  it('all have documents', () => {
    const tried = new Set(honoured.map(({ path }) => path));
    const wanted = properties
      .map(({ path }) => path)
      .filter((path) => verdictOf(path).verdict === 'honoured');
    expect(wanted.filter((path) => !tried.has(path) && path !== 'x-*')).toEqual([]);
  });

  it('have documents in every form that the schema allows', () => {
    const missing = properties.flatMap(({ path, schema }) => {
      if (verdictOf(path).verdict === 'refused' || path.endsWith('x-*')) return [];
      const forms = formsOf(schema);
      const tried = honoured
        .filter((test) => test.path === path)
        .map((test) => formOf(valueAt(documentOf(test, options), path)));
      return [...forms].filter((form) => !tried.includes(form)).map((form) => `${path}: ${form}`);
    });
    expect(missing).toEqual([]);
  });

  it.each(honoured.map((test) => [test.path, test] as const))('%s', (_path, test) => {
    const document = documentOf(test, options);
    expect([valid(document), valid.errors]).toEqual([true, null]);
    const loaded = loadCompose(JSON.stringify(document));
    const bare = loadCompose(
      JSON.stringify(documentOf({ path: '', service: {}, expect: () => [] }, options)),
    );
    if (loaded.kind === 'refused' || bare.kind === 'refused') throw new Error(JSON.stringify(loaded));
    const changed = canonicalJson(loaded.spec) !== canonicalJson(bare.spec);
    expect([changed, loaded.warnings.length]).toEqual([
      test.noEffect === undefined || CHANGED.has(test),
      isWarned(test),
    ]);
  });

  /** `version` alone is accepted without meaning, and says so. */
  const isWarned = ({ path }: { path: string }) => (path === 'version' ? 1 : 0);
  /** Cases whose other properties change the spec. */
  const CHANGED = new Set(honoured.filter((test) => test.unsettled ?? test.path.includes('ports[].x-')));
});

describe('refused properties', () => {
  it.each(refused.map((test) => [test.path, test] as const))('%s', (_path, { document, row, at }) => {
    expect([valid(document), valid.errors]).toEqual([true, null]);
    const loaded = loadCompose(JSON.stringify(document, null, 1));
    if (loaded.kind === 'stack') throw new Error('accepted');
    const problem = loaded.problems.find(({ path }) => path === at);
    expect(problem).toMatchObject({ path: at, remedy: row.instead });
    expect(problem?.message).toContain(row.reason);
    expect(JSON.stringify(document, null, 1).split('\n')[(problem?.line ?? 0) - 1]).toContain(
      `"${at.split('.').at(-1)}"`,
    );
  });
});

it('counts', () => {
  const refusedPaths = new Set(refused.map(({ path }) => path)).size;
  const honouredPaths = new Set(honoured.map(({ path }) => path)).size;
  console.log(
    `${properties.length} properties of the schema: ${honouredPaths} honoured (${honoured.length} documents), ` +
      `${refusedPaths} refused (${refused.length} documents), 0 neither`,
  );
  expect(honouredPaths + refusedPaths).toBe(properties.length);
});

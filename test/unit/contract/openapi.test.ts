/** The OpenAPI document: sound, complete, and its examples fit their schemas. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type * as z from 'zod';
import { loadCompose } from '../../../compose/load.ts';
import { BODIES, openApi } from '../../../contract/openapi.ts';
import { EXAMPLES } from '../../../contract/openapi-examples.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: unknown }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const document = openApi() as unknown as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    route: `${method.toUpperCase()} ${path}`,
    path,
    operation,
  })),
);
const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const routesIn = (text: string) =>
  [...text.matchAll(/\b(GET|PUT|POST|PATCH|DELETE)\s+(\/v1\/[^\s?,)']*)/g)].map(
    ([, method, path]) => `${method} ${path}`,
  );
const head = (file: string) => /^\/\*\*[\s\S]*?\*\//.exec(read(file))?.[0] ?? '';

describe('the document', () => {
  it('survives JSON, and is the same each time', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(openApi()).toBe(openApi());
    expect(document.openapi).toBe('3.1.0');
  });

  it('has the routes that the contract lists', () => {
    const listed = new Set([
      ...routesIn(head('contract/http-api.ts')),
      ...routesIn(head('contract/agent-protocol.ts')),
    ]);
    expect(operations.map(({ route }) => route).sort()).toEqual([...listed].sort());
  });

  it('has the routes that the handlers serve', () => {
    const served = [
      'api/routes.ts',
      'api/host-routes.ts',
      'api/scale-routes.ts',
      'agent-api/routes.ts',
    ].flatMap((file) => routesIn(read(`functions/handlers/${file}`)));
    expect(operations.map(({ route }) => route).sort()).toEqual([...new Set(served)].sort());
  });

  it('resolves every reference', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(
      ([, ref]) => ref ?? '',
    );
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(references.length).toBeGreaterThan(50);
    expect(references.filter((reference) => !known.includes(reference))).toEqual([]);
    expect(known.filter((reference) => !references.includes(reference))).toEqual([]);
  });

  it('gives each operation an id of its own', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe.each(operations.map((entry) => [entry.route, entry] as const))(
  '%s',
  (_route, { path, operation }) => {
    it('says what it is', () => {
      expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary).toMatch(/^[A-Z].{5,}[^.]$/);
      expect(operation.tags).toEqual([path.startsWith('/v1/agent/') ? 'agents' : 'operators']);
    });

    it('declares the parameters of its path', () => {
      const inPath = [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name, required }) => [name, required])).toEqual(
        inPath.map((name) => [name, true]),
      );
    });

    it('answers with content, and with errors', () => {
      const statuses = Object.keys(operation.responses);
      expect(operation.responses['200']?.content).toBeDefined();
      expect(statuses).toEqual(expect.arrayContaining(['200', '403', '500', '503']));
      if (operation.requestBody) expect(statuses).toEqual(expect.arrayContaining(['400', '413']));
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        expect(description).toMatch(/\.$/);
        if (Number(status) >= 400) {
          expect(content).toMatchObject({
            'application/json': { schema: { $ref: '#/components/schemas/ErrorReply' } },
          });
        }
      }
    });
  },
);

describe('bodies', () => {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema({ $id: 'berth', ...document });
  const names = Object.keys(BODIES) as (keyof typeof BODIES)[];

  it.each(names)('%s has an example that fits the schema, as zod and as JSON Schema see it', (name) => {
    const example: unknown = JSON.parse(JSON.stringify(EXAMPLES[name]));
    const schema: z.ZodType = BODIES[name];
    expect(schema.safeParse(example)).toMatchObject({ success: true, data: example });
    const valid = ajv.compile({ $ref: `berth#/components/schemas/${name}` });
    expect([valid(example), valid.errors]).toEqual([true, null]);
  });

  it.each(names)('%s refuses what is none', (name) => {
    const valid = ajv.compile({ $ref: `berth#/components/schemas/${name}` });
    expect(valid('text')).toBe(false);
  });

  it('the Compose example is a Compose document', () => {
    expect(loadCompose(EXAMPLES.Compose)).toMatchObject({ kind: 'stack', warnings: [] });
  });
});

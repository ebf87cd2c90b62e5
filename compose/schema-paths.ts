/**
 * The official schema as a list of property paths, in the notation of the support table.
 *
 * Used by tests and by `generate.ts`, never at run time: the schema is 90 kB that a Lambda need not load.
 */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

export interface SchemaProperty {
  /** `services.*.ports[].name` */
  readonly path: string;
  readonly schema: Schema;
}

/** Follows a `$ref` of the document; what stands beside it (a description) says nothing about values. */
export function dereference(schema: Schema, root: Schema): Schema {
  let found = schema;
  while (found.$ref !== undefined) {
    const name = found.$ref.replace('#/$defs/', '');
    const target = root.$defs?.[name];
    if (!target) throw new Error(`the schema has no ${found.$ref}`);
    found = target;
  }
  return found;
}

/**
 * Every named property and every `x-*` that the schema allows, each once; free keys (`services.*`) are part of paths.
 * The schema has no cycles: `pre_start` hooks of a service hold container properties, not services.
 */
export function schemaProperties(root: Schema): SchemaProperty[] {
  const found = new Map<string, Schema>();
  const walk = (from: Schema, path: string): void => {
    const schema = dereference(from, root);
    for (const part of [...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])])
      walk(part, path);
    if (schema.items) walk(schema.items, `${path}[]`);
    // `gpus` allows `x-` keys of a list, which no document can have.
    if (!mayBeMap(schema)) return;
    for (const [name, inner] of Object.entries(schema.properties ?? {})) visit(inner, join(path, name));
    for (const [pattern, inner] of Object.entries(schema.patternProperties ?? {})) {
      if (pattern === '^x-') visit(inner, join(path, 'x-*'));
      else walk(inner, join(path, '*'));
    }
  };
  const visit = (schema: Schema, path: string): void => {
    if (!found.has(path)) found.set(path, schema);
    walk(schema, path);
  };
  walk(root, '');
  return [...found].map(([path, schema]) => ({ path, schema }));
}

const mayBeMap = ({ type }: Schema) => type === undefined || type === 'object' || type.includes('object');

const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

/**
 * Writes docs/compose-support.md from the support table, and docs/x-berth.schema.json from contract/x-berth.ts:
 * `node compose/generate.ts`.
 *
 * Unit tests compare both with what is made here, so what was not written anew is red.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { xBerth } from '../contract/x-berth.ts';
import { schemaProperties, type Schema } from './schema-paths.ts';
import { SUPPORT, type Honoured, type Refused, type Row } from './support.ts';

const SCHEMA = new URL('./schema/compose-spec.json', import.meta.url);
export const SUPPORT_PAGE = new URL('../docs/compose-support.md', import.meta.url);

export const X_BERTH_SCHEMA = new URL('../docs/x-berth.schema.json', import.meta.url);

/** For editors: JSON Schema 2020-12 of the value of `x-berth`. */
export function xBerthSchema(): string {
  const schema = { title: 'x-berth of a service', ...xBerth.toJSONSchema() };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

export function supportPage(): string {
  const properties = schemaProperties(JSON.parse(readFileSync(SCHEMA, 'utf8')) as Schema);
  const refused = SUPPORT.filter((row) => row.verdict === 'refused');
  const honoured = SUPPORT.filter((row) => row.verdict === 'honoured');
  return [
    INTRODUCTION,
    `The schema has ${properties.length} properties; ${honoured.length} rows below are honoured, ${refused.length} are refused`,
    'with everything beneath them.\n',
    '## Honoured\n',
    table(['property', 'meaning'], honoured.map(honouredLine)),
    VALUES,
    '## Refused\n',
    'The last column names what a property waits for; `-` means that it is not planned.\n',
    table(['property', 'why', 'instead', 'comes with'], refused.map(refusedLine)),
  ].join('\n');
}

const INTRODUCTION = `<!-- Written by compose/generate.ts from compose/support.ts; change it there. -->

# What Berth does with a Compose file

Every property of the official schema (compose/schema) is either honoured or refused by name, with line, column and
what to write instead, all of them at once. None is ignored.
`;

const VALUES = `## Values

- **Variables.** \`$NAME\` and \`\${...}\` are refused, as nothing is filled in yet; \`$$\` is a dollar sign. A \`$\` before anything else
  stands for itself, as in Docker Compose.
- **x-berth.** The one extension that is read, below a service: health probes ([health.md](health.md)), autoscaling
  ([autoscaling.md](autoscaling.md)), placement and resources ([scheduling.md](scheduling.md)); [JSON Schema](x-berth.schema.json).
  Unknown keys in it are refused; elsewhere it is refused.
- **YAML.** One document of YAML 1.2 in UTF-8, at most 1 MB and 50,000 tokens, 50 levels deep. Anchors, aliases and \`<<\` work;
  aliases may stand for at most 10,000 values of 1,000,000 characters. Duplicate keys, tags and tabs as indentation are refused.
- **Texts and numbers.** Where the schema wants a text, \`10\` must be \`"10"\`. In \`environment\` and \`labels\` numbers are taken as written,
  except where YAML reads another number (\`010\`, \`0x1F\`, \`1_000\`, \`1e3\`): those must be quoted. \`1.10\` is 1.1, as in Docker Compose,
  with a warning.
- **Booleans.** \`true\` and \`false\`; also \`"yes"\`, \`"no"\`, \`"on"\`, \`"off"\`, as in Docker Compose.
- **Durations.** \`1m30s\`, \`500ms\`, \`1.5h\`; units us, ms, s, m, h, d, w; whole milliseconds.
- **Sizes.** \`64m\`, \`1g\`, \`1.5GiB\`, \`67108864\` in quotes; units are powers of 1024.
- **Names.** Stacks and services are DNS labels: lower-case letters, digits and inner hyphens, at most 63 characters, 58 for a service
  (its replicas are \`web-1\` to \`web-1000\`). Ports have names of 1 to 15 such characters. Two ports of a service may not share a name
  and a protocol.
- **Limits.** 100 services, 1000 replicas and 20 ports a service, 300,000 bytes for the stored spec.
`;

const honouredLine = (row: Honoured) => [code(row), row.meaning];
const refusedLine = (row: Refused) => [code(row), row.reason, row.instead, row.area ?? '-'];
const code = ({ path }: Row) => `\`${path}\``;

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const cells = (line: readonly string[]) =>
    `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [cells(head), cells(head.map(() => '---')), ...lines.map(cells), ''].join('\n');
}

if (import.meta.main) {
  writeFileSync(SUPPORT_PAGE, supportPage());
  writeFileSync(X_BERTH_SCHEMA, xBerthSchema());
}

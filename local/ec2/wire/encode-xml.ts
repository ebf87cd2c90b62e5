/** From the SDK's output to the XML of EC2 (Smithy, "AWS EC2 query protocol"): no wrapper, lists of `item`. */
import type { NormalizedSchema } from '@smithy/core/schema';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** @throws Error for a field that EC2's answer does not have: a mistake of the model. */
export function encodeReply(
  action: string,
  output: object,
  { schema, requestId }: { readonly schema: NormalizedSchema; readonly requestId: string },
): string {
  // Actions without an output of their own answer `<return>true</return>` (API Reference, CreateTags).
  const body = schema.isUnitSchema() ? '<return>true</return>' : encodeMembers(schema, output);
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="${NAMESPACE}">` +
    `<requestId>${requestId}</requestId>${body}</${action}Response>`
  );
}

/** EC2's own form of an error. */
export function encodeError(code: string, message: string, requestId: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>' +
    `<Code>${escapeText(code)}</Code><Message>${escapeText(message)}</Message>` +
    `</Error></Errors><RequestID>${requestId}</RequestID></Response>`
  );
}

function encodeMembers(schema: NormalizedSchema, value: object): string {
  const fields = new Map(Object.entries(value));
  let xml = '';
  for (const [name, member] of schema.structIterator()) {
    const field: unknown = fields.get(name);
    fields.delete(name);
    if (field === undefined) continue;
    const element = member.getMergedTraits().xmlName ?? name;
    xml += `<${element}>${encodeValue(member, field)}</${element}>`;
  }
  const unknown = [...fields].find(([, field]) => field !== undefined);
  if (unknown !== undefined) throw new Error(`EC2's ${schema.getName()} has no ${unknown[0]}`);
  return xml;
}

function encodeValue(schema: NormalizedSchema, value: unknown): string {
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    const element = item.getMergedTraits().xmlName ?? 'item';
    return (value as unknown[]).map((one) => `<${element}>${encodeValue(item, one)}</${element}>`).join('');
  }
  if (schema.isStructSchema()) return encodeMembers(schema, value as object);
  if (value instanceof Date) return value.toISOString();
  return escapeText(String(value));
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\r\t\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The XML of Route 53's REST protocol: a strict reader for requests, a small writer for replies. */
import { XMLParser } from 'fast-xml-parser';
import { invalidInput } from '../model/errors.ts';

export const NAMESPACE = 'https://route53.amazonaws.com/doc/2013-04-01/';

/** An element as it was read: its text, or its children by name (each a list: order within one name is kept). */
export type XmlElement = string | { readonly [name: string]: readonly XmlElement[] };

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true, // numeric ones too: the SDK writes line ends as &#xA;
  isArray: () => true,
});

/** Reads a document whose root is `root`. @throws Route53Error InvalidInput */
export function readXml(text: string, root: string): XmlElement {
  let document: unknown;
  try {
    document = parser.parse(text);
  } catch (error) {
    throw invalidInput(`Invalid XML ; ${error instanceof Error ? error.message : String(error)}`);
  }
  const found = (document as Record<string, readonly XmlElement[] | undefined>)[root];
  if (found?.length !== 1 || found[0] === undefined)
    throw invalidInput(`Invalid XML ; one element '${root}' is expected`);
  return found[0];
}

/**
 * The children of an element, of which none but `known` may be there: what the model does not know is refused, never
 * ignored. White space between children is allowed.
 * @throws Route53Error InvalidInput
 */
export function childrenOf(
  element: XmlElement,
  where: string,
  known: readonly string[],
): Readonly<Record<string, readonly XmlElement[] | undefined>> {
  if (typeof element === 'string') {
    if (element.trim() === '') return {};
    throw invalidInput(`Invalid XML ; the content of element '${where}' is not expected: ${element}`);
  }
  const { '#text': between, ...children } = element;
  // The parser gives the text between children as one string, not as a list.
  const text: unknown = between;
  if (typeof text === 'string' && text.trim() !== '')
    throw invalidInput(`Invalid XML ; text in element '${where}' is not expected`);
  for (const name of Object.keys(children))
    if (!known.includes(name))
      throw invalidInput(
        `Invalid XML ; element '${name}' in '${where}' is not expected (or not known to this model)`,
      );
  return children;
}

/** The text of the one child `name`; undefined when there is none. @throws Route53Error InvalidInput */
export function textOf(
  children: Readonly<Record<string, readonly XmlElement[] | undefined>>,
  name: string,
): string | undefined {
  const found = children[name];
  if (found === undefined) return undefined;
  const [only, ...more] = found;
  if (typeof only !== 'string' || more.length > 0)
    throw invalidInput(`Invalid XML ; element '${name}' must occur once and hold text`);
  return only;
}

/** A piece of XML that is already escaped. */
export type Markup = { readonly xml: string };

/** An element with escaped text, numbers and elements in it; undefined and false children are left out. */
export function element(
  name: string,
  ...content: readonly (Markup | string | number | boolean | undefined)[]
): Markup {
  const inner = content
    .map((part) => (typeof part === 'object' ? part.xml : escape(String(part ?? ''))))
    .join('');
  return { xml: `<${name}>${inner}</${name}>` };
}

/** The element, or nothing when its text is undefined. */
export function optional(name: string, text: string | number | undefined): Markup {
  return text === undefined ? { xml: '' } : element(name, text);
}

export function xmlDocument(root: string, ...content: readonly Markup[]): string {
  const inner = content.map((part) => part.xml).join('');
  return `<?xml version="1.0"?>\n<${root} xmlns="${NAMESPACE}">${inner}</${root}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

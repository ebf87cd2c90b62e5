/** Attribute values as the wire has them, what they weigh, and how two of them compare. */
import { ValidationError } from './errors.ts';

/** Of the wire's types those that the stores write. A number travels as text. */
export type Attribute =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly L: readonly Attribute[] }
  | { readonly M: Readonly<Record<string, Attribute>> };

export type WireItem = Readonly<Record<string, Attribute>>;

/**
 * Developer Guide, "DynamoDB item sizes and formats": names and texts as UTF-8; a number about a byte for two significant
 * digits and one more (a negative one another); 1 byte for a boolean or null; lists and maps 3 bytes, and 1 an element.
 */
export const bytesOfItem = (item: WireItem): number =>
  Object.entries(item).reduce((total, [name, value]) => total + bytesOfText(name) + bytesOf(value), 0);

function bytesOf(value: Attribute): number {
  if ('S' in value) return bytesOfText(value.S);
  if ('N' in value) return bytesOfNumber(value.N);
  if ('BOOL' in value || 'NULL' in value) return 1;
  if ('L' in value) return 3 + value.L.reduce((total, one) => total + 1 + bytesOf(one), 0);
  if ('M' in value) return 3 + Object.keys(value.M).length + bytesOfItem(value.M);
  throw new Error(`the DynamoDB model does not know the type ${Object.keys(value).join()}`);
}

const bytesOfText = (text: string): number => Buffer.byteLength(text);

function bytesOfNumber(text: string): number {
  const [mantissa = ''] = text.toLowerCase().replace('-', '').split('e');
  const digits = mantissa.replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length;
  return Math.ceil(digits / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

/** -1, 0 or 1; null: of two types, or of one that has no order. */
export function compare(a: Attribute, b: Attribute): number | null {
  if ('S' in a && 'S' in b) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if ('N' in a && 'N' in b) return Math.sign(Number(a.N) - Number(b.N));
  return null;
}

export function isEqual(a: Attribute, b: Attribute): boolean {
  if ('BOOL' in a && 'BOOL' in b) return a.BOOL === b.BOOL;
  if ('NULL' in a && 'NULL' in b) return true;
  if ('L' in a || 'M' in a) throw new Error('the DynamoDB model does not compare lists and maps');
  return compare(a, b) === 0;
}

export function sum(a: Attribute, b: Attribute): Attribute {
  if ('N' in a && 'N' in b) return { N: String(Number(a.N) + Number(b.N)) };
  throw new ValidationError('An operand in the update expression has an incorrect data type');
}

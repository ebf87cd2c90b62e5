/**
 * Domain names as Route 53 keeps them: lower case, with a trailing dot, every byte but a-z, 0-9, `-` and `_` written
 * as an escape of three octal digits (Developer Guide, DomainNameFormat). `*.Shop.Internal` is `\052.shop.internal.`
 */
import { LABEL_BYTES_MAX, NAME_BYTES_MAX } from '../limits.ts';

/** What may stand unescaped in a request (DomainNameFormat lists these and letters, digits, `-`, `_`, `.`). */
const PLAIN = /^[!"#$%&'()*+,/:;<=>?@[\]^`{|}~\w-]$/;
const KEPT = /^[a-z0-9_-]$/;

/** A name that is none. `message` is the service's text for it. */
export class DomainNameError extends Error {
  constructor(problem: string, explanation: string, name: string) {
    super(`FATAL problem: ${problem} (${explanation}) encountered with '${name}'`);
    this.name = 'DomainNameError';
  }
}

/** @throws DomainNameError when a label is empty or too long, the name is too long, or a character is not allowed. */
export function normalizeName(name: string): string {
  const body = name.endsWith('.') ? name.slice(0, -1) : name;
  const labels = body.split('.').map((label) => normalizeLabel(label, name));
  const bytes = labels.reduce((sum, label) => sum + 1 + byteLength(label), 1);
  if (bytes > NAME_BYTES_MAX) throw new DomainNameError('DomainNameTooLong', 'Domain name is too long', name);
  return `${labels.join('.')}.`;
}

function normalizeLabel(label: string, name: string): string {
  if (label === '') throw new DomainNameError('DomainLabelEmpty', 'Domain label is empty', name);
  let normalized = '';
  for (const token of label.match(/\\[0-7]{3}|[^]/g) ?? []) normalized += normalizeCharacter(token, name);
  if (byteLength(normalized) > LABEL_BYTES_MAX)
    throw new DomainNameError('DomainLabelTooLong', 'Domain label is too long', label);
  return normalized;
}

function normalizeCharacter(token: string, name: string): string {
  const escaped = token.length === 4;
  const code = escaped ? parseInt(token.slice(1), 8) : token.charCodeAt(0);
  // An escaped dot inside a label is legal DNS, but nothing here could serve it: refused rather than served wrong.
  if ((!escaped && !PLAIN.test(token)) || code > 0xff || code === 0x2e)
    throw new DomainNameError('UnsupportedCharacter', 'Value contains unsupported characters', name);
  const character = String.fromCharCode(code).toLowerCase();
  return KEPT.test(character) ? character : `\\${code.toString(8).padStart(3, '0')}`;
}

function byteLength(normalizedLabel: string): number {
  return normalizedLabel.replaceAll(/\\[0-7]{3}/g, '.').length;
}

/** The same name with its escapes undone, one character a byte: what goes into a DNS packet. */
export function unescapeName(name: string): string {
  return name.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** A name as it came in a DNS packet, normalized; undefined when no zone of ours could hold it. */
export function nameFromPacket(name: string): string | undefined {
  try {
    return normalizeName(
      name.replaceAll(/[^\w.-]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`),
    );
  } catch (error) {
    if (error instanceof DomainNameError) return undefined;
    throw error;
  }
}

/** Whether `name` is the zone's own name or lies below it. Both normalized. */
export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/**
 * Sorts as ListResourceRecordSets does: labels reversed, compared as one ASCII string, the dots included ("note the
 * trailing dot, which can change the sort order": `-` sorts before `.`).
 */
export function sortKey(name: string): string {
  return `${name.slice(0, -1).split('.').reverse().join('.')}.`;
}

/** Plain code-unit comparison: the service's ASCII order, independent of any locale. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

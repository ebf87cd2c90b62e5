/**
 * Names as Route 53 writes them <-> ours: absolute without the final dot, lower case, no escapes.
 *
 * Route 53 ends every name with a dot and writes each character other than a-z, 0-9, `-`, `_`, `.` as `\` and three octal
 * digits (`\052` is `*`); both spellings are the same name to it (Developer Guide, "DNS domain name format").
 */
export const fromRoute53 = (name: string): string =>
  name
    .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    .replace(/\.$/, '')
    .toLowerCase();

export const toRoute53 = (name: string): string =>
  `${name.toLowerCase().replace(/[^a-z0-9_.-]/g, escapeOctal)}.`;

const escapeOctal = (character: string): string =>
  `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;

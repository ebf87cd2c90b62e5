/**
 * Checks the values of a record set, type by type. (Developer Guide, "Supported DNS record types".)
 *
 * The texts for A, TXT and names are Route 53's own, seen in public reports; those for AAAA, SRV and SOA follow their
 * pattern (the code says what is wrong) because no report of the real ones was found. Compare codes, not texts.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { SET_VALUES_MAX, TXT_STRING_BYTES_MAX, TXT_VALUE_CHARACTERS_MAX } from '../limits.ts';
import { DomainNameError, normalizeName } from './names.ts';
import type { RecordSet, RecordType } from './record-set.ts';

/** Numbers of an SOA value are 32 bits; of SRV 16. */
const UINT16_MAX = 65_535;
const UINT31_MAX = 2_147_483_647;

/** Every problem of the set's values, in Route 53's words; empty when there is none. */
export function problemsOfValues(set: RecordSet): string[] {
  const problems: string[] = [];
  if (set.values.length > SET_VALUES_MAX)
    problems.push(`Cannot have more than ${SET_VALUES_MAX} records in a RRSet.`);
  if ((set.type === 'CNAME' || set.type === 'SOA') && set.values.length > 1)
    problems.push(`RRSet of type ${set.type} with DNS name ${set.name} must have exactly one record`);
  const seen = new Set<string>();
  for (const value of set.values) {
    const problem = CHECKS[set.type](value);
    if (problem !== undefined) problems.push(`Invalid Resource Record: '${problem}'`);
    if (seen.has(value)) problems.push(`Duplicate Resource Record: '${value}'`);
    seen.add(value);
  }
  return problems;
}

type Check = (value: string) => string | undefined;

const CHECKS: Record<RecordType, Check> = {
  A: (value) => spaced('A', value) ?? (isIPv4(value) ? undefined : illegalAddress('A', 'IPv4', value)),
  AAAA: (value) =>
    spaced('AAAA', value) ?? (isIPv6(value) ? undefined : illegalAddress('AAAA', 'IPv6', value)),
  CNAME: (value) => spaced('CNAME', value) ?? nameProblem(value),
  NS: (value) => spaced('NS', value) ?? nameProblem(value),
  SRV: srvProblem,
  SOA: soaProblem,
  TXT: txtProblem,
};

function fatal(problem: string, explanation: string, value: string): string {
  return `FATAL problem: ${problem} (${explanation}) encountered with '${value}'`;
}

function spaced(type: RecordType, value: string): string | undefined {
  return /\s/.test(value) ? fatal(`${type}RRDATANotSingleField`, 'Value contains spaces', value) : undefined;
}

function illegalAddress(type: RecordType, family: string, value: string): string {
  return fatal(`${type}RRDATAIllegal${family}Address`, `Value is not a valid ${family} address`, value);
}

function nameProblem(value: string): string | undefined {
  try {
    normalizeName(value);
    return undefined;
  } catch (error) {
    if (error instanceof DomainNameError) return error.message;
    throw error;
  }
}

/** `priority weight port target`; a target of `.` means "decidedly not here" (RFC 2782). */
function srvProblem(value: string): string | undefined {
  const fields = value.split(' ');
  const target = fields[3];
  if (fields.length !== 4 || target === undefined)
    return fatal('SRVRRDATANotFourFields', "Record doesn't have 4 fields", value);
  if (!fields.slice(0, 3).every((field) => isInteger(field, UINT16_MAX)))
    return fatal('SRVRRDATAIllegalNumber', 'Value is not between 0 and 65535', value);
  return target === '.' ? undefined : nameProblem(target);
}

function soaProblem(value: string): string | undefined {
  const fields = value.split(' ');
  const [primary, mailbox, ...numbers] = fields;
  if (fields.length !== 7 || primary === undefined || mailbox === undefined)
    return fatal('SOARRDATANotSevenFields', "Record doesn't have 7 fields", value);
  if (!numbers.every((field) => isInteger(field, UINT31_MAX)))
    return fatal('SOARRDATAIllegalNumber', `Value is not between 0 and ${UINT31_MAX}`, value);
  return nameProblem(primary) ?? nameProblem(mailbox);
}

function isInteger(field: string, max: number): boolean {
  return /^(?:0|[1-9]\d{0,9})$/.test(field) && Number(field) <= max;
}

function txtProblem(value: string): string | undefined {
  if (value.length > TXT_VALUE_CHARACTERS_MAX) return fatal('TXTRDATATooLong', 'Value is too long', value);
  const strings = parseCharacterStrings(value);
  if (strings === undefined)
    return fatal('InvalidCharacterString', 'Value should be enclosed in quotation marks', value);
  return strings.some((bytes) => bytes.length > TXT_STRING_BYTES_MAX)
    ? fatal('CharacterStringTooLong', 'Value is too long', value)
    : undefined;
}

/** The bytes of each quoted string of a TXT value (`"one" "two"`); undefined when it is not made of such. */
export function parseCharacterStrings(value: string): Buffer[] | undefined {
  const quoted = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[0-7]{3}|\\[^0-7])*)"/y;
  const strings: Buffer[] = [];
  for (;;) {
    const content = quoted.exec(value)?.[1];
    if (content === undefined) return undefined;
    strings.push(unescapeString(content));
    if (quoted.lastIndex === value.length) return strings;
    const gap = /\s+/y;
    gap.lastIndex = quoted.lastIndex;
    if (!gap.test(value)) return undefined;
    quoted.lastIndex = gap.lastIndex;
  }
}

function unescapeString(content: string): Buffer {
  const plain = content.replaceAll(/\\([0-7]{3}|[^])/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(parseInt(code, 8) & 0xff) : code,
  );
  return Buffer.from(plain, 'latin1');
}

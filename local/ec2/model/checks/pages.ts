/** Pages of a describe call. The token says after which one to go on, and for which question it was given. */
import type { PageCut } from '../faults.ts';
import { invalidValue } from '../errors.ts';

export interface PageRequest {
  readonly size: number;
  readonly token: string | undefined;
  /** The question, without size and token: a token of another question is refused. */
  readonly question: unknown;
  readonly cut: PageCut | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/**
 * @param things with ascending positions, which never change; so things that come or go between two pages are no trouble.
 * @throws Ec2Error InvalidParameterValue for a token that was not given for this question.
 */
export function takePage<T>(
  things: readonly T[],
  positionOf: (thing: T) => number,
  { size, token, question, cut }: PageRequest,
): Page<T> {
  const asked = fingerprint(JSON.stringify(question));
  const after = token === undefined ? -1 : parseToken(token, asked);
  const rest = things.filter((thing) => positionOf(thing) > after);
  const empty = cut?.emptyFirst === true && token === undefined;
  const items = rest.slice(0, empty ? 0 : Math.min(size, cut?.maximum ?? size));
  const last = items.at(-1);
  if (items.length === rest.length) return { items, next: undefined };
  return { items, next: toToken(last === undefined ? after : positionOf(last), asked) };
}

function toToken(position: number, asked: string): string {
  return Buffer.from(JSON.stringify([position, asked])).toString('base64url');
}

function parseToken(token: string, asked: string): number {
  const refusal = invalidValue('Unable to parse pagination token');
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw refusal;
  }
  if (!Array.isArray(parsed) || parsed[1] !== asked || !Number.isInteger(parsed[0])) throw refusal;
  return parsed[0] as number;
}

/** FNV-1a: enough to tell questions apart. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash.toString(36);
}

/** @throws Ec2Error InvalidParameterValue. */
export function checkPageSize(
  value: number | undefined,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): void {
  if (value === undefined || (value >= minimum && value <= maximum)) return;
  throw invalidValue(
    `Value ( ${value} ) for parameter maxResults is invalid. Parameter must be between ${minimum} and ${maximum}.`,
  );
}

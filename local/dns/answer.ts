/**
 * What a name server says to a question, from the zones as they are served. Pure.
 *
 *     zone of the name   the name holds               answer
 *     none               -                            REFUSED
 *     yes                the type                     its records; for SRV also the targets' addresses
 *     yes                a CNAME                      the CNAME, and on from its target while that is in a zone of ours
 *     yes                other types, or only names   NOERROR, no records, SOA (NODATA)
 *                        below it (RFC 8020)
 *     yes                nothing                      what `*` of its closest existing parent holds, else NXDOMAIN, SOA
 *
 * The SOA beside a negative answer has the lesser of its own TTL and its minimum as TTL: for that long may the "no" be
 * kept (RFC 2308, and Route 53: SOA-NSrecords). Delegations (NS below the apex) are answered like any other set.
 */
import type { ServedSet, ServedZone } from './zone-source.ts';

/** One record. `value` in zone-file form. */
export interface ServedRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly value: string;
}

export interface Answer {
  readonly code: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  readonly answers: readonly ServedRecord[];
  readonly authorities: readonly ServedRecord[];
  readonly additionals: readonly ServedRecord[];
}

export interface Question {
  /** Normalized. */
  readonly name: string;
  /** `ANY` for all. */
  readonly type: string;
}

/** A chain of CNAMEs is followed so far; real resolvers give up at about the same length. */
const CHAIN_MAX = 8;

/** @param turn Rotates the values of each set: answer 1 begins with the second value, and so on. */
export function answerQuestion(zones: readonly ServedZone[], question: Question, turn: number): Answer {
  const answers: ServedRecord[] = [];
  let name = question.name;
  for (let hop = 0; hop < CHAIN_MAX; hop += 1) {
    const zone = zoneOf(zones, name);
    if (zone === undefined) return reply(hop === 0 ? 'REFUSED' : 'NOERROR', answers);
    const found = setsAt(zone, name);
    if (found === undefined) return reply('NXDOMAIN', answers, [], negativeSoa(zone));
    const wanted = found.filter((set) => question.type === 'ANY' || set.type === question.type);
    if (wanted.length > 0) {
      answers.push(...wanted.flatMap((set) => rotate(recordsOf(set), turn)));
      return reply('NOERROR', answers, addressesOf(zones, answers));
    }
    const alias = found.find((set) => set.type === 'CNAME');
    if (alias === undefined) return reply('NOERROR', answers, [], negativeSoa(zone));
    answers.push(...recordsOf(alias));
    name = absolute(alias.values[0] ?? '');
  }
  return reply('NOERROR', answers);
}

function reply(
  code: Answer['code'],
  answers: readonly ServedRecord[],
  additionals: readonly ServedRecord[] = [],
  authorities: readonly ServedRecord[] = [],
): Answer {
  return { code, answers, additionals, authorities };
}

/** The zone with the longest name that holds this one; of equal names the first. */
function zoneOf(zones: readonly ServedZone[], name: string): ServedZone | undefined {
  return zones
    .filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`))
    .reduce<ServedZone | undefined>(
      (best, zone) => (best !== undefined && best.name.length >= zone.name.length ? best : zone),
      undefined,
    );
}

/** The sets of a name, made up from a wildcard if need be; undefined when the name does not exist. */
function setsAt(zone: ServedZone, name: string): readonly ServedSet[] | undefined {
  const own = zone.at(name);
  if (own.length > 0 || zone.hasBelow(name)) return own;
  for (let parent = name; parent.length > zone.name.length;) {
    parent = parent.slice(parent.indexOf('.') + 1);
    const wild = zone.at(`\\052.${parent}`);
    if (wild.length > 0) return wild.map((set) => ({ ...set, name }));
    if (zone.at(parent).length > 0 || zone.hasBelow(parent)) return undefined;
  }
  return undefined;
}

function recordsOf({ name, type, ttl, values }: ServedSet): ServedRecord[] {
  return values.map((value) => ({ name, type, ttl, value }));
}

function rotate<T>(records: readonly T[], turn: number): T[] {
  const by = records.length === 0 ? 0 : turn % records.length;
  return [...records.slice(by), ...records.slice(0, by)];
}

function negativeSoa(zone: ServedZone): ServedRecord[] {
  return zone
    .at(zone.name)
    .filter((set) => set.type === 'SOA')
    .flatMap(recordsOf)
    .map((soa) => ({ ...soa, ttl: Math.min(soa.ttl, Number(soa.value.split(' ').at(-1))) }));
}

/** The addresses of SRV targets, each name once: a client needs no second question. */
function addressesOf(zones: readonly ServedZone[], answers: readonly ServedRecord[]): ServedRecord[] {
  const targets = answers
    .filter((record) => record.type === 'SRV')
    .map((record) => absolute(record.value.split(' ')[3] ?? ''));
  return [...new Set(targets)].flatMap((target) =>
    (zoneOf(zones, target)?.at(target) ?? [])
      .filter((set) => set.type === 'A' || set.type === 'AAAA')
      .flatMap(recordsOf),
  );
}

/** A name as values spell it, as zones know it. Values are checked when they are written, so this suffices. */
function absolute(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower : `${lower}.`;
}

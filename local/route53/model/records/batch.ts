/**
 * A change batch against a hosted zone: all of it, or none (API Reference, ChangeResourceRecordSets).
 *
 * Job: decide whether a batch is valid for the zone as it stands, and what the touched names hold afterwards. Pure.
 * In: the zone's name and record sets, the changes as asked for. Out: the new content of each touched name.
 * Fails: `InvalidInput` when a change has no valid form; `InvalidChangeBatch` with every problem that was found, form
 *   first, then what the zone's content forbids. Changes are tried in their order, on a working copy.
 *
 * One name and type may occur in a batch as one CREATE, one UPSERT, one DELETE, or a DELETE followed by a CREATE
 * (what Berth's fence does). Anything else is "an invalid set of changes".
 */
import { invalidChangeBatch, invalidInput } from '../errors.ts';
import { BATCH_CHARACTERS_MAX, BATCH_RECORDS_MAX, TTL_MAX_SECONDS } from '../limits.ts';
import { DomainNameError, isWithin, normalizeName } from './names.ts';
import type { Change, RecordSet, RecordType } from './record-set.ts';
import { isSameContent, keyOf, RECORD_TYPES } from './record-set.ts';
import { problemsOfValues } from './values.ts';

/** What one name holds, by type. */
export type NameContent = ReadonlyMap<RecordType, RecordSet>;

/** What a batch is tried against. */
export interface BatchZone {
  readonly id: string;
  readonly name: string;
  /** Number of record sets in the zone. */
  readonly count: number;
  /** How many it takes. */
  readonly setsMax: number;
  content(name: string): NameContent | undefined;
}

/** The new content of every name that the batch touched; an empty map when nothing is left there. */
export type Outcome = ReadonlyMap<string, NameContent>;

/** @throws Route53Error InvalidInput or InvalidChangeBatch; then nothing may be changed. */
export function tryBatch(zone: BatchZone, asked: readonly Change[]): Outcome {
  if (asked.length === 0)
    throw invalidInput('1 validation error detected: Changes must have length at least 1');
  for (const [index, change] of asked.entries()) checkForm(change, index);
  const changes = normalizeChanges(asked);
  refuseIfAny([...problemsOfSize(changes), ...problemsOfPairs(changes), ...problemsOfSets(zone, changes)]);

  const outcome = new Map<string, Map<RecordType, RecordSet>>();
  refuseIfAny(changes.flatMap((change) => applyChange(zone, outcome, change) ?? []));
  refuseIfAny(problemsOfOutcome(zone, outcome));
  return outcome;
}

function refuseIfAny(problems: readonly string[]): void {
  if (problems.length > 0) throw invalidChangeBatch(problems);
}

function checkForm({ action, set }: Change, index: number): void {
  const constraint = (value: string | number, field: string, rule: string) =>
    invalidInput(
      `1 validation error detected: Value '${value}' at 'changeBatch.changes.${index + 1}.member.${field}' ` +
        `failed to satisfy constraint: Member must ${rule}`,
    );
  if (!['CREATE', 'DELETE', 'UPSERT'].includes(action))
    throw constraint(action, 'action', 'satisfy enum value set: [CREATE, DELETE, UPSERT]');
  if (!RECORD_TYPES.includes(set.type))
    throw constraint(
      set.type,
      'resourceRecordSet.type',
      `satisfy enum value set: [${RECORD_TYPES.join(', ')}]`,
    );
  if (set.values.length === 0)
    throw invalidInput(
      'Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or ' +
        `TrafficPolicyInstanceId], but found none in Change with [Action=${action}, Name=${set.name}, ` +
        `Type=${set.type}, SetIdentifier=null]`,
    );
  if (!Number.isInteger(set.ttl) || set.ttl < 0 || set.ttl > TTL_MAX_SECONDS)
    throw constraint(set.ttl, 'resourceRecordSet.tTL', `have value between 0 and ${TTL_MAX_SECONDS}`);
}

function normalizeChanges(asked: readonly Change[]): Change[] {
  return asked.map(({ action, set }) => {
    try {
      return { action, set: { ...set, name: normalizeName(set.name) } };
    } catch (error) {
      if (error instanceof DomainNameError) throw invalidChangeBatch([error.message]);
      throw error;
    }
  });
}

function problemsOfSize(changes: readonly Change[]): string[] {
  let records = 0;
  let characters = 0;
  for (const { action, set } of changes) {
    const factor = action === 'UPSERT' ? 2 : 1;
    records += factor * set.values.length;
    characters += factor * set.values.reduce((sum, value) => sum + value.length, 0);
  }
  const problems: string[] = [];
  if (records > BATCH_RECORDS_MAX) problems.push(`Number of records limit of ${BATCH_RECORDS_MAX} exceeded.`);
  if (characters > BATCH_CHARACTERS_MAX)
    problems.push(`RDATA character limit of ${BATCH_CHARACTERS_MAX} exceeded.`);
  return problems;
}

function problemsOfPairs(changes: readonly Change[]): string[] {
  const actions = new Map<string, { set: RecordSet; sequence: string }>();
  for (const { action, set } of changes) {
    const sequence = [actions.get(keyOf(set))?.sequence, action].filter(Boolean).join(' ');
    actions.set(keyOf(set), { set, sequence });
  }
  return [...actions.values()]
    .filter(({ sequence }) => sequence.includes(' ') && sequence !== 'DELETE CREATE')
    .map(
      ({ set }) =>
        `The request contains an invalid set of changes for a resource record set '${set.type} ${set.name}'`,
    );
}

function problemsOfSets(zone: BatchZone, changes: readonly Change[]): string[] {
  return changes.flatMap(({ action, set }) => {
    const problems = problemsOfValues(set);
    if (!isWithin(set.name, zone.name))
      problems.push(`RRSet with DNS name ${set.name} is not permitted in zone ${zone.name}`);
    if (set.type === 'CNAME' && set.name === zone.name && action !== 'DELETE')
      problems.push(
        `RRSet of type CNAME with DNS name ${set.name} is not permitted at apex in zone ${zone.name}`,
      );
    return problems;
  });
}

/** Applies one change to the working copy; the problem if it cannot be. */
function applyChange(
  zone: BatchZone,
  outcome: Map<string, Map<RecordType, RecordSet>>,
  { action, set }: Change,
): string | undefined {
  const content = outcome.get(set.name) ?? new Map(zone.content(set.name) ?? []);
  outcome.set(set.name, content);
  const existing = content.get(set.type);
  const what = `resource record set [name='${set.name}', type='${set.type}']`;
  if (action === 'CREATE' && existing !== undefined) return `Tried to create ${what} but it already exists`;
  if (action === 'DELETE') {
    if (existing === undefined) return `Tried to delete ${what} but it was not found`;
    if (!isSameContent(existing, set))
      return `Tried to delete ${what} but the values provided do not match the current values`;
    content.delete(set.type);
    return undefined;
  }
  const conflict = cnameConflict(zone, content, set);
  if (conflict === undefined) content.set(set.type, set);
  return conflict;
}

/** A name that is a CNAME is nothing else (RFC 1034, 3.6.2). */
function cnameConflict(zone: BatchZone, content: NameContent, set: RecordSet): string | undefined {
  const others = [...content.keys()].filter((type) => type !== set.type);
  if (set.type === 'CNAME' && others.length > 0)
    return (
      `RRSet of type CNAME with DNS name ${set.name} is not permitted as it conflicts with other records with ` +
      `the same DNS name in zone ${zone.name}`
    );
  if (others.includes('CNAME'))
    return (
      `RRSet of type ${set.type} with DNS name ${set.name} is not permitted because a conflicting RRSet of type ` +
      `CNAME with the same DNS name already exists in zone ${zone.name}`
    );
  return undefined;
}

function problemsOfOutcome(zone: BatchZone, outcome: Outcome): string[] {
  const problems: string[] = [];
  const apex = outcome.get(zone.name) ?? zone.content(zone.name);
  const strayAuthority = [...outcome].some(([name, content]) => name !== zone.name && content.has('SOA'));
  if (apex?.has('SOA') !== true || strayAuthority)
    problems.push('A HostedZone must contain exactly one SOA record.');
  if (apex?.has('NS') !== true)
    problems.push('A HostedZone must contain at least one NS record for the zone itself.');
  let count = zone.count;
  for (const [name, content] of outcome) count += content.size - (zone.content(name)?.size ?? 0);
  if (count > zone.setsMax && count > zone.count)
    problems.push(`Exceeded limit MAX_RRSETS_BY_ZONE for zone: ${zone.id}`);
  return problems;
}

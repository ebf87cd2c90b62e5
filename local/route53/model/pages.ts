/** Pages of record sets and of zones, in the service's order (API Reference, List...). Pure. */
import { invalidInput } from './errors.ts';
import { LIST_SETS_MAX, LIST_ZONES_MAX } from './limits.ts';
import { compareText, DomainNameError, normalizeName, sortKey } from './records/names.ts';
import type { RecordSet } from './records/record-set.ts';
import type { ZoneFacts } from './zone.ts';

export interface ListSetsInput {
  readonly zoneId: string;
  readonly startName?: string;
  readonly startType?: string;
  readonly maxItems?: number;
}

/** `next` is where the following page starts; absent on the last. */
export interface SetsPage {
  readonly sets: readonly RecordSet[];
  readonly maxItems: number;
  readonly next?: { readonly name: string; readonly type: string };
}

export interface HostedZone extends ZoneFacts {
  readonly setCount: number;
}

export interface ListZonesInput {
  readonly dnsName?: string;
  readonly zoneId?: string;
  readonly maxItems?: number;
}

export interface ZonesPage {
  readonly zones: readonly HostedZone[];
  readonly maxItems: number;
  readonly next?: { readonly dnsName: string; readonly zoneId: string };
}

function pageSize(asked: number | undefined, max: number): number {
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 1))
    throw invalidInput(`Invalid value for MaxItems: ${asked}`);
  return Math.min(asked ?? max, max);
}

function keyOfName(name: string): string {
  try {
    return sortKey(normalizeName(name));
  } catch (error) {
    if (error instanceof DomainNameError) throw invalidInput(error.message);
    throw error;
  }
}

/** @throws Route53Error InvalidInput */
export function pageOfSets(
  sorted: readonly RecordSet[],
  { startName, startType, ...input }: ListSetsInput,
): SetsPage {
  const maxItems = pageSize(input.maxItems, LIST_SETS_MAX);
  if (startType !== undefined && startName === undefined)
    throw invalidInput('The input is not valid: a record type was given without a record name.');
  const start = startName === undefined ? '' : keyOfName(startName);
  const from = sorted.findIndex((set) => {
    const order = compareText(sortKey(set.name), start);
    return order > 0 || (order === 0 && compareText(set.type, startType ?? '') >= 0);
  });
  const rest = from < 0 ? [] : sorted.slice(from);
  const next = rest[maxItems];
  return {
    sets: rest.slice(0, maxItems),
    maxItems,
    ...(next === undefined ? {} : { next: { name: next.name, type: next.type } }),
  };
}

/** @throws Route53Error InvalidInput */
export function pageOfZones(
  zones: readonly HostedZone[],
  { dnsName, zoneId, ...input }: ListZonesInput,
): ZonesPage {
  const maxItems = pageSize(input.maxItems, LIST_ZONES_MAX);
  if (zoneId !== undefined && dnsName === undefined)
    throw invalidInput('The input is not valid: a hosted zone ID was given without a DNS name.');
  const start = dnsName === undefined ? '' : keyOfName(dnsName);
  const rest = zones
    .toSorted((a, b) => compareText(sortKey(a.name), sortKey(b.name)) || compareText(a.id, b.id))
    .filter((zone) => {
      const order = compareText(sortKey(zone.name), start);
      return order > 0 || (order === 0 && compareText(zone.id, zoneId ?? '') >= 0);
    });
  const next = rest[maxItems];
  return {
    zones: rest.slice(0, maxItems),
    maxItems,
    ...(next === undefined ? {} : { next: { dnsName: next.name, zoneId: next.id } }),
  };
}

/** Which action a request asks for (API Reference: method and path say it all), and what it asks. */
import { invalidInput } from '../model/errors.ts';
import type { ListSetsInput, ListZonesInput } from '../model/pages.ts';
import type { Change, ChangeAction, RecordSet, RecordType } from '../model/records/record-set.ts';
import type { ChangeBatchInput } from '../model/route53.ts';
import type { XmlElement } from './xml.ts';
import { childrenOf, readXml, textOf } from './xml.ts';

/** One request's action. Only the first five are played here; `id` is the zone's or the change's. */
export interface WireCall {
  readonly action: string;
  readonly id?: string;
}

const ROUTES: readonly (readonly [method: string, path: RegExp, action: string])[] = [
  ['POST', /^hostedzone\/([^/]+)\/rrset\/?$/, 'ChangeResourceRecordSets'],
  ['GET', /^hostedzone\/([^/]+)\/rrset\/?$/, 'ListResourceRecordSets'],
  ['GET', /^change\/([^/]+)$/, 'GetChange'],
  ['GET', /^hostedzone\/([^/]+)$/, 'GetHostedZone'],
  ['GET', /^hostedzonesbyname$/, 'ListHostedZonesByName'],
  ['GET', /^hostedzone$/, 'ListHostedZones'],
  ['POST', /^hostedzone$/, 'CreateHostedZone'],
  ['DELETE', /^hostedzone\/([^/]+)$/, 'DeleteHostedZone'],
  ['GET', /^hostedzonesbyvpc$/, 'ListHostedZonesByVPC'],
  ['GET', /^tags\/hostedzone\/([^/]+)$/, 'ListTagsForResource'],
  ['POST', /^tags\/hostedzone\/([^/]+)$/, 'ChangeTagsForResource'],
];

/** An unknown request's action is its method and path: it is forwarded, and recorded under that name. */
export function identifyCall(method: string, url: URL): WireCall {
  const path = /^\/2013-04-01\/(.*)$/.exec(url.pathname)?.[1] ?? '';
  for (const [routeMethod, pattern, action] of ROUTES) {
    const match = routeMethod === method ? pattern.exec(path) : null;
    if (match) return match[1] === undefined ? { action } : { action, id: decodeURIComponent(match[1]) };
  }
  return { action: `${method} ${url.pathname}` };
}

/** @throws Route53Error InvalidInput */
export function readListSets(zoneId: string, query: URLSearchParams): ListSetsInput {
  const { name, type, maxitems } = readQuery(query, ['name', 'type', 'maxitems']);
  return {
    zoneId,
    ...(name === undefined ? {} : { startName: name }),
    ...(type === undefined ? {} : { startType: type }),
    ...(maxitems === undefined ? {} : { maxItems: Number(maxitems) }),
  };
}

/** @throws Route53Error InvalidInput */
export function readListZones(query: URLSearchParams): ListZonesInput {
  const { dnsname, hostedzoneid, maxitems } = readQuery(query, ['dnsname', 'hostedzoneid', 'maxitems']);
  return {
    ...(dnsname === undefined ? {} : { dnsName: dnsname }),
    ...(hostedzoneid === undefined ? {} : { zoneId: hostedzoneid }),
    ...(maxitems === undefined ? {} : { maxItems: Number(maxitems) }),
  };
}

/** What a REST client adds to any request: which operation it thinks it calls. */
const HARMLESS = ['x-id'];

function readQuery<Name extends string>(
  query: URLSearchParams,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  for (const name of query.keys())
    if (![...known, ...HARMLESS].includes(name))
      throw invalidInput(`The parameter '${name}' is not known to this model`);
  const given = known.filter((name) => query.has(name)).map((name) => [name, query.get(name) ?? ''] as const);
  return Object.fromEntries(given) as Partial<Record<Name, string>>;
}

/** @throws Route53Error InvalidInput for XML that is not a ChangeResourceRecordSetsRequest of plain record sets. */
export function readChangeBatch(zoneId: string, body: string): ChangeBatchInput {
  const root = 'ChangeResourceRecordSetsRequest';
  const batches = childrenOf(readXml(body, root), root, ['ChangeBatch'])['ChangeBatch'] ?? [];
  if (batches.length !== 1) throw invalidInput("Invalid XML ; one element 'ChangeBatch' is expected");
  const batch = childrenOf(batches[0] ?? '', 'ChangeBatch', ['Changes', 'Comment']);
  const comment = textOf(batch, 'Comment');
  const changes = (batch['Changes'] ?? []).flatMap(
    (list) => childrenOf(list, 'Changes', ['Change'])['Change'] ?? [],
  );
  return { zoneId, changes: changes.map(readChange), ...(comment === undefined ? {} : { comment }) };
}

function readChange(item: XmlElement): Change {
  const change = childrenOf(item, 'Change', ['Action', 'ResourceRecordSet']);
  const sets = change['ResourceRecordSet'] ?? [];
  if (sets.length !== 1) throw invalidInput("Invalid XML ; one element 'ResourceRecordSet' is expected");
  // The model checks actions and types itself, as it does for callers in process.
  return { action: required(change, 'Action') as ChangeAction, set: readSet(sets[0] ?? '') };
}

function readSet(item: XmlElement): RecordSet {
  const set = childrenOf(item, 'ResourceRecordSet', ['Name', 'Type', 'TTL', 'ResourceRecords']);
  const records = (set['ResourceRecords'] ?? []).flatMap(
    (list) => childrenOf(list, 'ResourceRecords', ['ResourceRecord'])['ResourceRecord'] ?? [],
  );
  const values = records.map((record) => required(childrenOf(record, 'ResourceRecord', ['Value']), 'Value'));
  const ttl = textOf(set, 'TTL');
  return {
    name: required(set, 'Name'),
    type: required(set, 'Type') as RecordType,
    ttl: ttl !== undefined && /^-?\d+$/.test(ttl) ? Number(ttl) : NaN,
    // Without a TTL the set is as incomplete as without values; the service has one message for both.
    values: ttl === undefined ? [] : values,
  };
}

function required(
  children: Readonly<Record<string, readonly XmlElement[] | undefined>>,
  name: string,
): string {
  const text = textOf(children, name);
  if (text === undefined) throw invalidInput(`Invalid XML ; element '${name}' is expected`);
  return text;
}

/**
 * Route 53 as a strict model: the hosted zones of one account, in process.
 *
 * Job: play ChangeResourceRecordSets, GetChange, ListResourceRecordSets, GetHostedZone and ListHostedZonesByName with
 *   the real service's semantics, bounds (limits.ts) and refusals; say what the name servers serve at this moment.
 *   It stands behind the gateway (../server.ts), behind unit tests and behind the simulation.
 * In: calls, and a clock. No I/O, no timer, no chance: time is asked for, so a run is repeated by repeating its calls.
 * Out: values; a refused call throws `Route53Error` and changed nothing; an injected lost reply throws
 *   `ReplyLostError` after the call took effect.
 *
 *     commit        processing over     INSYNC
 *       |  PriorRequestNotComplete |  ...  |
 *       |  listed at once ---------+-------+--> served by DNS
 *
 * Ids are bare, without `/hostedzone/` and `/change/`. Times are milliseconds.
 */
import type { ServedZone } from '../../dns/zone-source.ts';
import { tryBatch } from './records/batch.ts';
import type { ChangeInfo } from './change-log.ts';
import { createChangeLog } from './change-log.ts';
import { invalidInput, ReplyLostError, Route53Error } from './errors.ts';
import type { Faults, Route53Action } from './faults.ts';
import { createFaults } from './faults.ts';
import { COMMENT_CHARACTERS_MAX, REQUESTS_PER_SECOND } from './limits.ts';
import { normalizeName } from './records/names.ts';
import type { HostedZone, ListSetsInput, ListZonesInput, SetsPage, ZonesPage } from './pages.ts';
import { pageOfSets, pageOfZones } from './pages.ts';
import type { Change, RecordSet } from './records/record-set.ts';
import { createTokenBucket } from './token-bucket.ts';
import type { Zone } from './zone.ts';
import { createZone } from './zone.ts';

export interface ChangeBatchInput {
  readonly zoneId: string;
  readonly changes: readonly Change[];
  readonly comment?: string;
}

/** A zone to begin with. Without `sets` it gets the SOA and NS that Route 53 gives a new zone. */
export interface NewZone {
  readonly id: string;
  readonly name: string;
  readonly callerReference?: string;
  readonly comment?: string;
  readonly private?: boolean;
  readonly sets?: readonly RecordSet[];
  /** The quota of the account, where AWS has raised it. */
  readonly setsMax?: number;
}

export interface Route53Model {
  changeResourceRecordSets(input: ChangeBatchInput): ChangeInfo;
  getChange(input: { readonly id: string }): ChangeInfo;
  listResourceRecordSets(input: ListSetsInput): SetsPage;
  getHostedZone(input: { readonly id: string }): HostedZone;
  listHostedZonesByName(input: ListZonesInput): ZonesPage;

  /** Not calls of the service: what CloudFormation did. They cost no request. */
  addZone(zone: NewZone): void;
  removeZone(id: string): void;
  zoneIds(): readonly string[];
  /** Number of record sets of a zone, free of charge; undefined when there is no such zone. */
  countSets(zoneId: string): number | undefined;

  /** Counts a call that someone else answers. @throws Route53Error Throttling, or an injected failure. */
  admit(action: string): void;
  /** What the name servers serve now: INSYNC changes only. The zone that was added last comes first. */
  served(): readonly ServedZone[];
  readonly faults: Faults;
}

export interface ModelOptions {
  /** Milliseconds, never going back. */
  readonly now: () => number;
  readonly requestsPerSecond?: number;
  readonly propagationMs?: number;
  readonly processingMs?: number;
}

/** What Route 53 puts into a new zone (Developer Guide, SOA-NSrecords). */
export function initialSets(zoneName: string): RecordSet[] {
  const servers = [
    'ns-0.awsdns-00.com.',
    'ns-512.awsdns-00.net.',
    'ns-1024.awsdns-00.org.',
    'ns-1536.awsdns-00.co.uk.',
  ];
  const soa = `${servers[0] ?? ''} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`;
  return [
    { name: zoneName, type: 'NS', ttl: 172_800, values: servers },
    { name: zoneName, type: 'SOA', ttl: 900, values: [soa] },
  ];
}

export function createRoute53Model(options: ModelOptions): Route53Model {
  const zones = new Map<string, Zone>();
  const changes = createChangeLog(options.now);
  const faults = createFaults(options);
  const perSecond = options.requestsPerSecond ?? REQUESTS_PER_SECOND;
  const bucket = createTokenBucket(perSecond, perSecond);

  const admit = (action: string) => {
    if (!bucket.take(options.now())) throw new Route53Error('Throttling', 'Rate exceeded');
    faults.beforeCall(action);
  };
  const answer = <Input, Output>(action: Route53Action, call: (input: Input) => Output) => {
    return (input: Input): Output => {
      admit(action);
      const output = call(input);
      if (faults.takeLostReply(action)) throw new ReplyLostError();
      return output;
    };
  };
  const zoneOf = (id: string): Zone => {
    const zone = zones.get(id);
    if (zone === undefined)
      throw new Route53Error('NoSuchHostedZone', `No hosted zone found with ID: ${id}`, 404);
    return zone;
  };

  const change = ({ zoneId, changes: asked, comment }: ChangeBatchInput): ChangeInfo => {
    const zone = zoneOf(zoneId);
    const now = options.now();
    if (now < zone.busyUntilMs)
      throw new Route53Error(
        'PriorRequestNotComplete',
        'The request was rejected because Route 53 was still processing a prior request.',
      );
    if ((comment ?? '').length > COMMENT_CHARACTERS_MAX)
      throw invalidInput(
        `1 validation error detected: the comment has more than ${COMMENT_CHARACTERS_MAX} characters`,
      );
    const outcome = tryBatch(zone, asked);
    const insyncAtMs = zone.commit(outcome, now + faults.propagationMs);
    zone.busyUntilMs = now + faults.processingMs;
    return changes.add(insyncAtMs, comment);
  };

  return {
    changeResourceRecordSets: answer('ChangeResourceRecordSets', change),
    getChange: answer('GetChange', ({ id }: { readonly id: string }) => changes.get(id)),
    listResourceRecordSets: answer('ListResourceRecordSets', (input: ListSetsInput) =>
      pageOfSets(zoneOf(input.zoneId).sorted(), input),
    ),
    getHostedZone: answer('GetHostedZone', ({ id }: { readonly id: string }) => describeZone(zoneOf(id))),
    listHostedZonesByName: answer('ListHostedZonesByName', (input: ListZonesInput) =>
      pageOfZones([...zones.values()].map(describeZone), input),
    ),
    addZone({ id, name, callerReference = id, private: isPrivate = false, sets, setsMax, ...rest }) {
      const facts = { id, name: normalizeName(name), callerReference, private: isPrivate, ...rest };
      const first =
        sets?.map((set) => ({ ...set, name: normalizeName(set.name) })) ?? initialSets(facts.name);
      zones.set(id, createZone(facts, first, setsMax));
    },
    removeZone: (id) => void zones.delete(id),
    zoneIds: () => [...zones.keys()],
    countSets: (zoneId) => zones.get(zoneId)?.count,
    admit,
    served: () => [...zones.values()].reverse().map((zone) => zone.served(options.now())),
    faults,
  };
}

function describeZone(zone: Zone): HostedZone {
  return { ...zone.facts, setCount: zone.count };
}

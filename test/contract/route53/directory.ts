/** What both sides of the suite offer: a zone, with a clock that the test turns. */
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
} from '@aws-sdk/client-route-53';
import type { Route53Client } from '@aws-sdk/client-route-53';
import type { Change, RecordSet, RecordType } from '../../../local/route53/model/records/record-set.ts';
import type { Route53Model } from '../../../local/route53/model/route53.ts';

export interface ChangeSeen {
  readonly id: string;
  readonly status: string | undefined;
  readonly submittedAtMs: number | undefined;
  readonly comment: string | undefined;
}

export interface PageSeen {
  readonly sets: readonly RecordSet[];
  readonly maxItems: number | undefined;
  readonly next: readonly [name: string | undefined, type: string | undefined];
}

export interface ZoneSeen {
  readonly id: string;
  readonly name: string | undefined;
  readonly private: boolean;
  readonly setCount: number | undefined;
}

export interface DirectorySide {
  readonly zoneId: string;
  readonly clock: { nowMs: number };
  change(changes: readonly Change[], comment?: string): Promise<ChangeSeen>;
  getChange(id: string): Promise<ChangeSeen>;
  list(input?: { startName?: string; startType?: string; maxItems?: number }): Promise<PageSeen>;
  getZone(id: string): Promise<ZoneSeen>;
  zonesByName(dnsName: string, zoneId?: string): Promise<readonly ZoneSeen[]>;
}

export function modelSide(model: Route53Model, clock: { nowMs: number }, zoneId: string): DirectorySide {
  const change = (info: ReturnType<Route53Model['getChange']>): ChangeSeen => ({
    comment: undefined,
    ...info,
  });
  const zone = ({
    id,
    name,
    private: isPrivate,
    setCount,
  }: ReturnType<Route53Model['getHostedZone']>): ZoneSeen => ({
    id,
    name,
    private: isPrivate,
    setCount,
  });
  const defined = (input: object) =>
    Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  // The model is synchronous; a promise makes its refusals look like those of a client.
  const later = async <T>(call: () => T): Promise<T> => Promise.resolve().then(call);
  return {
    zoneId,
    clock,
    change: (changes, comment) =>
      later(() => change(model.changeResourceRecordSets({ zoneId, changes, ...defined({ comment }) }))),
    getChange: (id) => later(() => change(model.getChange({ id }))),
    list: (input = {}) =>
      later(() => {
        const { sets, maxItems, next } = model.listResourceRecordSets({ zoneId, ...input });
        return { sets, maxItems, next: [next?.name, next?.type] };
      }),
    getZone: (id) => later(() => zone(model.getHostedZone({ id }))),
    zonesByName: (dnsName, id) =>
      later(() => model.listHostedZonesByName({ dnsName, ...defined({ zoneId: id }) }).zones.map(zone)),
  };
}

export function sdkSide(client: Route53Client, clock: { nowMs: number }, zoneId: string): DirectorySide {
  return {
    zoneId,
    clock,
    async change(changes, comment) {
      const batch = { Changes: changes.map(toSdkChange), Comment: comment };
      const input = { HostedZoneId: zoneId, ChangeBatch: batch };
      return toChangeSeen((await client.send(new ChangeResourceRecordSetsCommand(input))).ChangeInfo);
    },
    getChange: async (id) => toChangeSeen((await client.send(new GetChangeCommand({ Id: id }))).ChangeInfo),
    async list({ startName, startType, maxItems } = {}) {
      const page = await client.send(
        new ListResourceRecordSetsCommand({
          HostedZoneId: zoneId,
          StartRecordName: startName,
          StartRecordType: startType as RecordType | undefined,
          MaxItems: maxItems,
        }),
      );
      const sets = (page.ResourceRecordSets ?? []).map((set) => ({
        name: set.Name ?? '',
        type: set.Type as RecordType,
        ttl: set.TTL ?? NaN,
        values: (set.ResourceRecords ?? []).map((record) => record.Value ?? ''),
      }));
      return { sets, maxItems: page.MaxItems, next: [page.NextRecordName, page.NextRecordType] };
    },
    getZone: async (id) => toZoneSeen((await client.send(new GetHostedZoneCommand({ Id: id }))).HostedZone),
    async zonesByName(dnsName, id) {
      const page = await client.send(
        new ListHostedZonesByNameCommand({ DNSName: dnsName, HostedZoneId: id }),
      );
      return (page.HostedZones ?? []).map(toZoneSeen);
    },
  };
}

export function toSdkChange({ action, set }: Change) {
  return {
    Action: action,
    ResourceRecordSet: {
      Name: set.name,
      Type: set.type,
      TTL: set.ttl,
      ResourceRecords: set.values.map((Value) => ({ Value })),
    },
  };
}

function toChangeSeen(
  info: {
    Id?: string | undefined;
    Status?: string | undefined;
    SubmittedAt?: Date | undefined;
    Comment?: string | undefined;
  } = {},
): ChangeSeen {
  return {
    id: (info.Id ?? '').replace('/change/', ''),
    status: info.Status,
    submittedAtMs: info.SubmittedAt?.getTime(),
    comment: info.Comment,
  };
}

function toZoneSeen(
  zone: {
    Id?: string | undefined;
    Name?: string | undefined;
    ResourceRecordSetCount?: number | undefined;
    Config?: { PrivateZone?: boolean | undefined } | undefined;
  } = {},
): ZoneSeen {
  return {
    id: (zone.Id ?? '').replace('/hostedzone/', ''),
    name: zone.Name,
    private: zone.Config?.PrivateZone ?? false,
    setCount: zone.ResourceRecordSetCount,
  };
}

/**
 * The zone in Route 53. A batch is one ChangeResourceRecordSets: all of it or nothing. Throws ThrottledError while reading,
 * NotFoundError for a change or zone that Route 53 does not know, and the SDK's error when the outcome is not known.
 *
 * Values go through as they are: quotes around TXT strings, host names in SRV are the caller's (as Route 53 writes them).
 */
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
} from '@aws-sdk/client-route-53';
import type { Change, ListResourceRecordSetsCommandInput, ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { RecordChange, RecordSet, RecordType } from '../../core/model/directory.ts';
import type { ApplyOutcome, ServiceDirectory } from '../../usecases/ports.ts';
import { classifyApplyError, classifyError } from './classify-error.ts';
import type { Route53Clients } from './client.ts';
import { fromRoute53, toRoute53 } from './names.ts';

export interface ServiceDirectoryOptions {
  readonly clients: Route53Clients;
  readonly zoneId: string;
}

/** Route 53's own maximum of a page. */
const PAGE_SIZE = 300;
/** 10,000 sets a zone (raised zones have more) / 300 a page, with room. */
const PAGES_MAX = 1_000;
/** Route 53: at most 256 characters. */
export const COMMENT_MAX = 256;
const OURS: ReadonlySet<string> = new Set<RecordType>(['A', 'SRV', 'TXT', 'SOA']);

export const route53ServiceDirectory = ({ clients, zoneId }: ServiceDirectoryOptions): ServiceDirectory => ({
  apply: (changes, comment) => apply(clients, zoneId, { changes, comment }),
  isInSync: async (changeId) => {
    try {
      const { ChangeInfo } = await clients.retrying.send(new GetChangeCommand({ Id: changeId }));
      return ChangeInfo?.Status === 'INSYNC';
    } catch (error) {
      throw classifyError(error);
    }
  },
  list: () => list(clients, zoneId),
});

const apply = async (
  { once }: Route53Clients,
  zoneId: string,
  { changes, comment }: { readonly changes: readonly RecordChange[]; readonly comment: string },
): Promise<ApplyOutcome> => {
  const command = new ChangeResourceRecordSetsCommand({
    HostedZoneId: zoneId,
    ChangeBatch: { Comment: comment.slice(0, COMMENT_MAX), Changes: changes.map(toChange) },
  });
  try {
    const { ChangeInfo } = await once.send(command);
    if (ChangeInfo?.Id === undefined) throw new Error('Route 53 accepted a batch without naming the change');
    return { kind: 'accepted', changeId: ChangeInfo.Id.replace(/^\/change\//, '') };
  } catch (error) {
    return classifyApplyError(error);
  }
};

const toChange = ({ action, record }: RecordChange): Change => ({
  Action: action,
  ResourceRecordSet: {
    Name: toRoute53(record.name),
    Type: record.type,
    TTL: record.ttlSeconds,
    ResourceRecords: record.values.map((Value) => ({ Value })),
  },
});

const list = async ({ retrying }: Route53Clients, zoneId: string): Promise<readonly RecordSet[]> => {
  const records: RecordSet[] = [];
  let from: Partial<ListResourceRecordSetsCommandInput> = {};
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const command = new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, MaxItems: PAGE_SIZE, ...from });
    const answer = await retrying.send(command).catch((error: unknown) => {
      throw classifyError(error);
    });
    records.push(...(answer.ResourceRecordSets ?? []).flatMap(toRecordSet));
    if (answer.IsTruncated !== true || answer.NextRecordName === undefined) return records;
    from = {
      StartRecordName: answer.NextRecordName,
      ...(answer.NextRecordType ? { StartRecordType: answer.NextRecordType } : {}),
      ...(answer.NextRecordIdentifier ? { StartRecordIdentifier: answer.NextRecordIdentifier } : {}),
    };
  }
  throw new Error(`zone ${zoneId}: more than ${PAGES_MAX} pages`);
};

/** What Berth never writes (NS, aliases, other types) is none of its business. */
export const toRecordSet = (set: ResourceRecordSet): RecordSet[] => {
  if (set.Name === undefined || set.Type === undefined || !OURS.has(set.Type) || set.AliasTarget) return [];
  return [
    {
      name: fromRoute53(set.Name),
      type: set.Type as RecordType,
      ttlSeconds: set.TTL ?? 0,
      values: (set.ResourceRecords ?? []).map(({ Value = '' }) => Value).sort(),
    },
  ];
};

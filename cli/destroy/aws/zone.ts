/** The hosted zone and its record sets; all pages. */
import type { Account, ZoneRecord } from '../account.ts';
import { clientConfig, type AwsAccountOptions } from './account.ts';

/** Route 53: 1,000 record sets and 32,000 value characters a batch; an SRV set may hold 32 targets of about 60. */
const BATCH_SETS = 15;

export async function zoneParts(
  options: AwsAccountOptions,
): Promise<Pick<Account, 'records' | 'deleteRecords'>> {
  const api = await import('@aws-sdk/client-route-53');
  const client = new api.Route53Client(clientConfig(options, 'ROUTE_53'));
  const allSets = async (HostedZoneId: string): Promise<ZoneRecord[]> => {
    const records: ZoneRecord[] = [];
    let from: { StartRecordName?: string; StartRecordType?: 'A' } = {};
    for (;;) {
      const page = await client.send(new api.ListResourceRecordSetsCommand({ HostedZoneId, ...from }));
      for (const { Name = '', Type = '', TTL = 0, ResourceRecords = [] } of page.ResourceRecordSets ?? []) {
        const name = Name.replace(/\.$/, '').replaceAll('\\137', '_');
        const values = ResourceRecords.map(({ Value = '' }) => Value);
        records.push({ name, type: Type, ttlSeconds: TTL, values });
      }
      if (page.IsTruncated !== true || page.NextRecordName === undefined) return records;
      from = { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType as 'A' };
    }
  };
  return {
    records: async (zoneId) => {
      try {
        const all = await allSets(zoneId);
        const name = all.find(({ type }) => type === 'SOA')?.name ?? '';
        const isItsOwn = (one: ZoneRecord) => one.name === name && (one.type === 'SOA' || one.type === 'NS');
        return { name, records: all.filter((one) => !isItsOwn(one)) };
      } catch (error) {
        if ((error as Error).name === 'NoSuchHostedZone') return null;
        throw error;
      }
    },
    deleteRecords: async (HostedZoneId, records) => {
      for (let at = 0; at < records.length; at += BATCH_SETS) {
        const Changes = records.slice(at, at + BATCH_SETS).map(({ name, type, ttlSeconds, values }) => ({
          Action: 'DELETE' as const,
          ResourceRecordSet: {
            Name: `${name}.`,
            Type: type as 'A',
            TTL: ttlSeconds,
            ResourceRecords: values.map((Value) => ({ Value })),
          },
        }));
        const ChangeBatch = { Comment: 'berth destroy', Changes };
        try {
          await client.send(new api.ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
        } catch (error) {
          if (!(error instanceof api.InvalidChangeBatch)) throw error;
          return [error.message, ...(error.messages ?? [])].filter(Boolean).join('; ');
        }
      }
      return null;
    },
  };
}

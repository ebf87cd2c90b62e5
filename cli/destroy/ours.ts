/** Records that Berth writes, told from other people's by their form, as the control plane tells them (a test compares). */
import type { ZoneRecord } from './account.ts';

const HOST = /^h-[a-z0-9]{1,20}$/;
const TARGET = /^0 1 \d{1,5} (h-[a-z0-9]{1,20}\..+)\.$/;

/** `others`: what the account's owner has put there by hand; a zone with it cannot be deleted. */
export function splitRecords(
  records: readonly ZoneRecord[],
  zone: string,
): { readonly ours: readonly ZoneRecord[]; readonly others: readonly ZoneRecord[] } {
  const clear = records.filter((record) => isClear(record, zone));
  const owners = new Set(clear.map((record) => owner(record, zone)));
  const isOurs = (record: ZoneRecord): boolean =>
    clear.includes(record) || (isService(record, zone) && owners.has(owner(record, zone)));
  return { ours: records.filter(isOurs), others: records.filter((record) => !isOurs(record)) };
}

const labelsOf = ({ name }: ZoneRecord, zone: string): readonly string[] =>
  name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1).split('.') : [];
const owner = (record: ZoneRecord, zone: string): string => labelsOf(record, zone).slice(-2).join('.');
/** `web.shop`: could be anybody's, but for the company of records that could not. */
const isService = (record: ZoneRecord, zone: string): boolean =>
  record.type === 'A' && labelsOf(record, zone).length === 2;

function isClear(record: ZoneRecord, zone: string): boolean {
  const labels = labelsOf(record, zone);
  const [first = '', service = ''] = labels;
  if (record.type === 'TXT') return labels.length === 1 && first === '_berth-plan';
  if (record.type === 'SRV') {
    const isNamed = first.startsWith('_') && (service === '_tcp' || service === '_udp');
    const leads = (value: string) => TARGET.exec(value)?.[1]?.endsWith(`.${zone}`) === true;
    return labels.length === 4 && isNamed && record.values.every(leads);
  }
  if (record.type !== 'A') return false;
  if (labels.length === 1) return HOST.test(first);
  const isReplica = first.startsWith(`${service}-`) && /^\d+$/.test(first.slice(service.length + 1));
  return labels.length === 3 && isReplica;
}

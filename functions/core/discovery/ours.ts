/**
 * Which records of the zone are of the forms that Berth writes. Other records are other people's: they are not looked at,
 * not replaced, not deleted, also when they lie under the name of a service of ours.
 */
import type { RecordSet } from '../model/directory.ts';

const HOST = /^h-[a-z0-9]{1,20}$/;
const TARGET = /^0 1 \d{1,5} (h-[a-z0-9]{1,20}\.(.+))\.$/;

/** `clear`: nothing else looks like this. `possible`: any A record of two labels does (`web.shop`). Null: not ours. */
export function formOf(record: RecordSet, zone: string): 'clear' | 'possible' | null {
  if (!record.name.endsWith(`.${zone}`)) return null;
  const labels = record.name.slice(0, -zone.length - 1).split('.');
  if (record.type === 'SRV') return isSrv(record, labels, zone) ? 'clear' : null;
  if (record.type !== 'A') return null;
  const [first = '', service = ''] = labels;
  if (labels.length === 1) return HOST.test(first) ? 'clear' : null;
  if (labels.length === 2) return 'possible';
  const slot = first.slice(service.length + 1);
  return labels.length === 3 && first.startsWith(`${service}-`) && /^\d+$/.test(slot) ? 'clear' : null;
}

const isSrv = ({ values }: RecordSet, labels: readonly string[], zone: string): boolean =>
  labels.length === 4 &&
  labels[0]?.startsWith('_') === true &&
  (labels[1] === '_tcp' || labels[1] === '_udp') &&
  values.length > 0 &&
  values.every((value) => TARGET.exec(value)?.[2] === zone);

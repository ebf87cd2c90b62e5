/** DNS names of the zone, all lower case, absolute, without the final dot. */
import { replicaName } from '../model/ids.ts';

export const serviceOwner = (stack: string, service: string): string => `${service}.${stack}`;
export const serviceName = (zone: string, owner: string): string => `${owner}.${zone}`;
export const hostName = (zone: string, host: string): string => `${host}.${zone}`;
/** `web-1.web.shop.berth.internal` */
export const replicaRecord = (zone: string, owner: string, service: string, slot: number): string =>
  `${replicaName(service, slot)}.${owner}.${zone}`;
/** `_http._tcp.web.shop.berth.internal` */
export const srvName = (zone: string, owner: string, port: string, protocol: string): string =>
  `_${port}._${protocol}.${owner}.${zone}`;
/** Priority, weight, host port, and the name that leads to the host's address. */
export const srvTarget = (zone: string, host: string, port: number): string =>
  `0 1 ${port} ${hostName(zone, host)}.`;
/** The fence: its value is the number of the plan applied last. */
export const fenceName = (zone: string): string => `_berth-plan.${zone}`;

/** Whose a record of the zone is: a host's, a service's, or nobody's of ours. */
export function ownerOf(recordName: string, zone: string): string | null {
  if (!recordName.endsWith(`.${zone}`)) return null;
  const labels = recordName.slice(0, -zone.length - 1).split('.');
  const first = labels[0] ?? '';
  if (labels.length === 1) return /^h-[a-z0-9]+$/.test(first) ? first : null;
  return labels.slice(-2).join('.');
}

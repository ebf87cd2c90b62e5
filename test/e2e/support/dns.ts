/** What a client of the cloud's DNS gets to see: real questions to the server on loopback. */
import type { SrvRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { Cloud } from '../../../local/cloud.ts';

type Target = Pick<Cloud, 'plan' | 'zoneName'>;

/** Codes of "there is no such name" and "the name has no such record". */
const NOTHING = ['ENOTFOUND', 'ENODATA'];

/** `_http._tcp.web.shop.<zone>` */
export const srvName = (cloud: Target, stack: string, service: string, port = 'http'): string =>
  `_${port}._tcp.${service}.${stack}.${cloud.zoneName}`;

/** `web-1.web.shop.<zone>` */
export const replicaName = (cloud: Target, stack: string, service: string, slot: number): string =>
  `${service}-${String(slot)}.${service}.${stack}.${cloud.zoneName}`;

/** SRV targets; none when there is no such name. @throws Error when DNS does not answer within 1.5 s */
export const digSrv = (cloud: Target, name: string): Promise<SrvRecord[]> =>
  answerOf(resolver(cloud).resolveSrv(name));

/** Addresses; none when there is no such name. @throws Error when DNS does not answer within 1.5 s */
export const digA = (cloud: Target, name: string): Promise<string[]> =>
  answerOf(resolver(cloud).resolve4(name));

function resolver({ plan }: Target): Resolver {
  const asked = new Resolver({ timeout: 1500, tries: 1 });
  asked.setServers([`127.0.0.1:${String(plan.ports.dns)}`]);
  return asked;
}

async function answerOf<T>(asked: Promise<T[]>): Promise<T[]> {
  try {
    return await asked;
  } catch (error) {
    if (NOTHING.includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** The page that a target serves. @throws Error when it does not answer within 2 s */
export async function pageOf(cloud: Target, target: SrvRecord): Promise<string> {
  const [address] = await digA(cloud, target.name);
  if (address === undefined) throw new Error(`${target.name} has no address`);
  const reply = await fetch(`http://${address}:${String(target.port)}/`, {
    signal: AbortSignal.timeout(2000),
  });
  return reply.text();
}

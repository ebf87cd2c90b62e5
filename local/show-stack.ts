/** What a deploy has come to, from outside: the replicas, what DNS says of them, and what one of them answers. */
import { Resolver } from 'node:dns/promises';
import type { SrvRecord } from 'node:dns';
import type { Replica } from '../contract/http-api.ts';
import { berth } from './berth.ts';
import type { Cloud } from './cloud.ts';
import { waitUntil } from './wait-until.ts';

const DNS_TIMEOUT_MS = 30_000;
const HTTP_TIMEOUT_MS = 5000;
/** Of a page: enough to see whose it is. */
const PAGE_CHARACTERS = 400;

/**
 * Prints the table, one SRV answer and one page.
 * @returns whether every replica is healthy, and DNS and (for a port of which http is said) the page answered.
 */
export async function showStack(cloud: Cloud, print: (text: string) => void): Promise<boolean> {
  const replicas = JSON.parse(await berth(cloud, 'ps', '--json')) as Replica[];
  print(`\n${replicaTable(replicas)}\n`);
  const allHealthy = replicas.length > 0 && replicas.every((replica) => replica.health === 'healthy');
  const shown = replicas.find((replica) => replica.ports.length > 0);
  const port = shown?.ports[0];
  if (shown === undefined || port === undefined) return allHealthy;
  const name = `_${port.name}._${port.protocol}.${shown.service}.${shown.stack}.${cloud.zoneName}`;
  const { target, address } = await lookUp(cloud, name);
  print(`\ndig SRV ${name}\n  ${[target.priority, target.weight, target.port, target.name].join(' ')}\n`);
  if (port.protocol !== 'tcp') return allHealthy;
  const url = `http://${address}:${target.port}/`;
  const page = await fetchPage(url);
  print(`\nGET ${url}\n${indent(page.text)}\n`);
  return allHealthy && (page.ok || !/http/.test(port.name));
}

/** Rows of service, replica, host, address:port, health. */
export function replicaTable(replicas: readonly Replica[]): string {
  const rows = replicas.map((replica) => [
    replica.service,
    replica.replica,
    replica.host ?? '-',
    replica.ports.map((port) => `${replica.address ?? '-'}:${port.host}`).join(' ') ||
      (replica.address ?? '-'),
    replica.health,
  ]);
  const table = [['SERVICE', 'REPLICA', 'HOST', 'ADDRESS', 'HEALTH'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Asks the cloud's own DNS server, as a client would; a change may still be on its way to INSYNC. */
async function lookUp(cloud: Cloud, name: string): Promise<{ target: SrvRecord; address: string }> {
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([`127.0.0.1:${cloud.plan.ports.dns}`]);
  const check = async () => {
    try {
      const [target] = await resolver.resolveSrv(name);
      const [address] = target === undefined ? [] : await resolver.resolve4(target.name);
      return target !== undefined && address !== undefined ? { target, address } : undefined;
    } catch {
      return undefined;
    }
  };
  return waitUntil(check, { what: `an SRV answer for ${name}`, timeoutMs: DNS_TIMEOUT_MS, everyMs: 200 });
}

async function fetchPage(url: string): Promise<{ ok: boolean; text: string }> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) });
    return { ok: reply.ok, text: (await reply.text()).slice(0, PAGE_CHARACTERS) };
  } catch (error) {
    const { message, cause } = error as Error;
    return { ok: false, text: `no answer: ${cause instanceof Error ? cause.message : message}` };
  }
}

const indent = (text: string): string => text.trimEnd().replace(/^/gm, '  ');

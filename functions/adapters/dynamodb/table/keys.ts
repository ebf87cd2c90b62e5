/**
 * Every key of the table. Kinds sort together, so that one strong Query reads all rows of a kind and no other:
 *
 *     CLUSTER    META                                   settings
 *     CLUSTER    AGENTS                                 what was learned of versions of the agent
 *     CLUSTER    OFFERINGS                              what EC2 or the account had none of
 *     CLUSTER    PRICES                                 what AWS told of prices
 *     STACKS     META#<stack>   SVC#<stack>#<service>   heads, service states
 *     STACKS     SCALE#<stack>#<service>                the autoscaler's memory, and bounds set by hand
 *     SCALE#<stack>#<service>  <milliseconds>           its time line
 *     STACK#<s>  REV#<8 digits>                         revisions
 *     HOSTS#0    META#<h> MANIFEST#<h> REPORT#<h> LEASE#<h>
 *     HOSTS#0    SOCKET#<h>                             the host's connection (its doorbell)
 *     SOCKETS    <connection>                           whose connection it is
 *     LOOP       reconcile | register | provision       loop leases
 *     LOOP       sweep                                  when the hosts' leases were last looked at
 *     DNS        HEAD           NAME#<owner>            what was applied to the zone
 *     EVENT#<d>  <last id in the row>                   decisions of the UTC day d
 */
import type { Key } from './table.ts';

export const CLUSTER_KEY: Key = { pk: 'CLUSTER', sk: 'META' };

export const AGENTS_KEY: Key = { pk: 'CLUSTER', sk: 'AGENTS' };
export const OFFERINGS_KEY: Key = { pk: 'CLUSTER', sk: 'OFFERINGS' };
export const PRICES_KEY: Key = { pk: 'CLUSTER', sk: 'PRICES' };

export const STACKS = 'STACKS';
export const STACK_PREFIX = 'META#';
export const SERVICE_PREFIX = 'SVC#';
export const stackKey = (stack: string): Key => ({ pk: STACKS, sk: `${STACK_PREFIX}${stack}` });
export const serviceKey = (stack: string, service: string): Key => ({
  pk: STACKS,
  sk: `${SERVICE_PREFIX}${stack}#${service}`,
});
export const SCALE_PREFIX = 'SCALE#';
export const scaleKey = (stack: string, service: string): Key => ({
  pk: STACKS,
  sk: `${SCALE_PREFIX}${stack}#${service}`,
});
/** Fifteen digits sort as numbers until the year 33658. */
export const timelineKey = (stack: string, service: string, atMs: number): Key => ({
  pk: `${SCALE_PREFIX}${stack}#${service}`,
  sk: String(Math.max(0, atMs)).padStart(15, '0'),
});
export const REVISION_PREFIX = 'REV#';
export const revisionKey = (stack: string, number: number): Key => ({
  pk: `STACK#${stack}`,
  sk: `${REVISION_PREFIX}${String(number).padStart(8, '0')}`,
});

/** One shard up to 250 hosts (architecture.md, section 2). */
export const HOSTS = 'HOSTS#0';
export type HostRow = 'META' | 'MANIFEST' | 'REPORT' | 'LEASE';
export const hostPrefix = (row: HostRow): string => `${row}#`;
export const hostKey = (row: HostRow, host: string): Key => ({ pk: HOSTS, sk: `${hostPrefix(row)}${host}` });

export const SWEEP_KEY: Key = { pk: 'LOOP', sk: 'sweep' };
export const socketKey = (host: string): Key => ({ pk: HOSTS, sk: `SOCKET#${host}` });
export const connectionKey = (connection: string): Key => ({ pk: 'SOCKETS', sk: connection });

export const loopKey = (loop: string): Key => ({ pk: 'LOOP', sk: loop });

export const DIRECTORY = 'DNS';
export const DIRECTORY_HEAD: Key = { pk: DIRECTORY, sk: 'HEAD' };
export const NAME_PREFIX = 'NAME#';
export const nameKey = (owner: string): Key => ({ pk: DIRECTORY, sk: `${NAME_PREFIX}${owner}` });

/** `20261122` of a time. */
export const utcDay = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '');
export const decisionKey = (day: string, id: string): Key => ({ pk: `EVENT#${day}`, sk: id });

/**
 * Clients of a service that do as they should: they ask DNS for the SRV record, keep the answer for its TTL and no longer,
 * and go to its targets in turn. Every request that gets no good answer is kept, with the reason.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../../../local/cloud.ts';
import { digA, digSrv } from './dns.ts';

export interface Visitors {
  readonly requests: () => number;
  readonly failed: readonly string[];
  /** Resolves when the last request is over. */
  stop(): Promise<void>;
}

export interface VisitOptions {
  /** SRV name; or `HOST:PORT`, one target alone. */
  readonly name: string;
  readonly path: string;
  /** How many ask at the same time, each again as soon as it has its answer and has rested. */
  readonly count: number;
  readonly restMs: number;
  readonly ttlMs: number;
}

const PATIENCE_MS = 10_000;

export function startVisitors(cloud: Pick<Cloud, 'plan' | 'zoneName'>, options: VisitOptions): Visitors {
  const failed: string[] = [];
  const stopped = new AbortController();
  let requests = 0;
  let known: { readonly untilMs: number; readonly urls: Promise<string[]> } | undefined;
  const urls = (): Promise<string[]> => {
    if (known === undefined || performance.now() >= known.untilMs)
      known = { untilMs: performance.now() + options.ttlMs, urls: patiently(cloud, options) };
    return known.urls;
  };
  const visit = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const all = await urls();
      const url = all[requests++ % Math.max(1, all.length)];
      const why = url === undefined ? 'no target in DNS' : await fault(url);
      if (why !== undefined) failed.push(`${url ?? options.name}: ${why}`);
      await sleep(options.restMs);
    }
  };
  const all = Promise.all(Array.from({ length: options.count }, visit));
  all.catch(() => undefined); // told by stop()
  return {
    requests: () => requests,
    failed,
    async stop() {
      stopped.abort();
      await all;
    },
  };
}

/** A name server that is slow to answer is asked again, as every resolver does. */
async function patiently(cloud: Pick<Cloud, 'plan' | 'zoneName'>, options: VisitOptions): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await resolve(cloud, options);
    } catch (error) {
      if (attempt === DNS_ATTEMPTS) throw error;
    }
}
const DNS_ATTEMPTS = 5;

async function resolve(
  cloud: Pick<Cloud, 'plan' | 'zoneName'>,
  { name, path }: VisitOptions,
): Promise<string[]> {
  const [, host = '', port] = /^(.*):([0-9]+)$/.exec(name) ?? [];
  const targets = port === undefined ? await digSrv(cloud, name) : [{ name: host, port: Number(port) }];
  const urls = targets.map(async (target) => {
    const [address] = await digA(cloud, target.name);
    return `http://${address ?? target.name}:${String(target.port)}${path}`;
  });
  return Promise.all(urls);
}

/** Undefined: a good answer. */
async function fault(url: string): Promise<string | undefined> {
  try {
    const reply = await fetch(url, {
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { connection: 'close' },
    });
    await reply.text();
    return reply.ok ? undefined : `status ${String(reply.status)}`;
  } catch (error) {
    const { message, cause } = error as Error;
    return `${message}${cause instanceof Error ? ` (${cause.message})` : ''}`;
  }
}

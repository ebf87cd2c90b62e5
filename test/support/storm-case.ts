/** The storm as a case: what it did, printed, and each bound that did not hold. */
import { DEFAULT_SETTINGS } from '../../functions/core/model/cluster.ts';
import { storm, type Counts, type StormOptions } from './storm.ts';

/** Bounds for each agent and poll interval that it takes: an agent without a socket polls at its usual pace, and tries. */
export const WAITING_BOUNDS = { handshakes: 0.3, invocations: 1.5, reads: 3.5, writes: 1 } as const;

/**
 * Bounds of one storm, for each agent. A socket that comes back is a handshake, a hello and a poll (three functions) with
 * `getHost`, a socket's put, its get, and `getHost`, `getManifest` of the poll; the cut itself is a `$disconnect` with a
 * look-up and a forgetting. Above that: what was tried in vain, and beats.
 */
export const STORM_BOUNDS = {
  handshakes: 6,
  invocations: 12,
  reads: 25,
  /** Items, beats included. */
  writes: 10,
} as const;

export interface StormCase extends StormOptions {
  /** All agents have a proven socket again by then. */
  readonly withinMs: number;
}

const STEP_MS = 100;

/** Resolves with the bounds that did not hold. */
export async function stormCase(options: StormCase): Promise<readonly string[]> {
  const { agents, concurrency, withinMs } = options;
  const faults: string[] = [];
  const cluster = await storm(options);
  await cluster.clock.advance(10 * 60_000);
  if (cluster.alive() !== agents)
    faults.push(`only ${cluster.alive()} of ${agents} sockets before the storm`);
  const before = cluster.counts();
  cluster.gateway.cutAll();
  await cluster.clock.advance(STEP_MS);
  let tookMs = STEP_MS;
  for (; cluster.alive() < agents && tookMs < withinMs; tookMs += STEP_MS)
    await cluster.clock.advance(STEP_MS);
  if (cluster.alive() < agents) faults.push(`${agents - cluster.alive()} agents starve after ${withinMs} ms`);
  const spent = difference(before, cluster.counts());
  for (const name of Object.keys(STORM_BOUNDS) as (keyof typeof STORM_BOUNDS)[]) {
    const each = spent[name] / agents;
    const most = STORM_BOUNDS[name] + (WAITING_BOUNDS[name] * tookMs) / DEFAULT_SETTINGS.pollMs;
    if (each > most) faults.push(`${name}: ${each.toFixed(1)} an agent, at most ${most.toFixed(1)}`);
  }
  const rung = await cluster.change(2);
  await cluster.clock.advance(1000);
  const told = cluster.holding(2);
  if (concurrency > agents && told < agents)
    faults.push(`only ${told} of ${agents} had the manifest in time`);
  await cluster.clock.advance(5 * 60_000);
  if (cluster.holding(2) < agents) faults.push(`only ${cluster.holding(2)} of ${agents} have the manifest`);
  await cluster.end();
  const words = Object.entries(spent).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(
    `storm of ${agents} agents, ${concurrency} functions at once: all back after ${tookMs / 1000} s; ` +
      `${words.join(', ')}; then ${rung.rung} of ${agents} rung, ${told} had the manifest after 1 s\n`,
  );
  return faults;
}

const difference = (before: Counts, after: Counts): Counts =>
  Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, count - before[name as keyof Counts]]),
  ) as unknown as Counts;

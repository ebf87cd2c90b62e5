/**
 * Fetches the manifest: every `pollMs`, and at once when a reply announces a newer one.
 *
 * Out: the manifest in the store (on the disk before `onChange`), `link.online`.
 * Fails: never; the last manifest stays in force, and the next try comes after a jittered delay, no later than a poll
 *   would. Resolves when the control plane no longer knows this host (it must register again) or the agent stops.
 */
import { createBell, jitteredDelayMs, type Clock } from '../clock.ts';
import { mustRegisterAgain, type ControlPlane } from '../control-plane/control-plane.ts';
import { messageOf, type Log } from '../log.ts';
import type { Link } from './link.ts';
import type { Store } from './store.ts';

export interface ManifestLoopOptions {
  readonly link: Link;
  readonly controlPlane: Pick<ControlPlane, 'manifest'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The manifest or `link.online` changed. */
  readonly onChange: () => void;
}

export interface ManifestLoop {
  run(): Promise<void>;
  /** A reply named the manifest's generation. */
  announce(generation: number): void;
}

const RETRY_BASE_MS = 250;

export function createManifestLoop(options: ManifestLoopOptions): ManifestLoop {
  const { link, store, clock, log, signal } = options;
  const bell = createBell(clock, signal);

  /** Asks once. */
  const poll = async (): Promise<void> => {
    // Until confirmed since this start, a manifest from the disk is only a memory: it is fetched whole.
    const held = link.online ? store.get().manifest?.generation : undefined;
    const manifest = await options.controlPlane.manifest(link.host, held);
    const cameBack = !link.online;
    if (manifest !== 'unchanged') {
      store.set({ manifest });
      link.pollMs = manifest.pollMs;
      link.beatMs = manifest.beatMs;
      link.announcedGeneration = manifest.generation;
      log.info('manifest', { generation: manifest.generation, assignments: manifest.assignments.length });
      await store.save();
    }
    link.online = true;
    if (cameBack) log.info('online', {});
    if (cameBack || manifest !== 'unchanged') options.onChange();
  };

  const failed = (error: unknown): void => {
    if (link.online) {
      log.warn('offline', { error: messageOf(error) });
      link.online = false;
      options.onChange();
    }
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      try {
        await poll();
        failures = 0;
        await bell.wait(link.pollMs);
      } catch (error) {
        failed(error);
        if (mustRegisterAgain(error)) return;
        const bounds = { baseMs: RETRY_BASE_MS, capMs: Math.max(link.pollMs, RETRY_BASE_MS) };
        await clock.sleep(jitteredDelayMs(++failures, bounds, options.random), signal);
      }
    }
  };

  return {
    run,
    announce: (generation) => {
      if (generation <= link.announcedGeneration) return;
      link.announcedGeneration = generation;
      bell.ring();
    },
  };
}

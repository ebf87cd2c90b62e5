/**
 * Fetches the manifest: at the pace that the control plane set, and at once when a reply announces a newer one or the
 * doorbell rings. While the doorbell works the pace is a slower one.
 *
 * Out: the manifest in the store (on the disk before `onChange`, unless the disk refuses), `link.online`.
 * Fails: never; the last manifest stays in force, and the next try comes after a jittered delay, no later than a poll
 *   would. Resolves when the control plane no longer knows this host (it must register again) or the agent stops.
 */
import type { Manifest } from '../../contract/agent-protocol.ts';
import { createBell, jitteredDelayMs, type Clock } from '../clock.ts';
import { mustRegisterAgain, type ControlPlane } from '../control-plane/control-plane.ts';
import { messageOf, type Log } from '../log.ts';
import { pollPaceMs, setPace, type Link } from './link.ts';
import { createRings } from './rings.ts';
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
  /** A newer manifest came, and the doorbell had not rung for it. */
  readonly onUnheard: () => void;
  /** A poll was answered, and the one before was not. */
  readonly onBackOnline: () => void;
}

export interface ManifestLoop {
  run(): Promise<void>;
  /** A reply named the manifest's generation. */
  announce(generation: number): void;
  /** The doorbell named the manifest's generation. It may be anybody's word: it is worth one question, no more. */
  ring(generation: number): void;
  /** `link.socketAlive` changed. */
  paceChanged(): void;
}

const RETRY_BASE_MS = 250;

export function createManifestLoop(options: ManifestLoopOptions): ManifestLoop {
  const { link, store, clock, log, signal } = options;
  const bell = createBell(clock, signal);
  const rings = createRings(store, clock, link);
  const tellOlder = olderTeller(options);
  let socketLost = false;
  const pollNow = (): void => {
    socketLost = false;
    bell.ring();
  };

  /** Asks once. */
  const poll = async (): Promise<void> => {
    // Until confirmed since this start, a manifest from the disk is only a memory: it is fetched whole.
    const held = link.online ? store.get().manifest?.generation : undefined;
    const rungFor = rings.open();
    const answer = await options.controlPlane.manifest(link.host, held);
    const manifest = isOlder(answer, store.get().manifest) ? 'unchanged' : answer;
    if (manifest !== answer) tellOlder(answer);
    const cameBack = !link.online;
    const heard = rings.settle(rungFor, manifest);
    if (link.socketAlive && !cameBack && !heard) options.onUnheard();
    if (manifest !== 'unchanged') await take(manifest, options);
    link.online = true;
    if (cameBack) {
      log.info('online', {});
      options.onBackOnline();
    }
    if (cameBack || manifest !== 'unchanged') options.onChange();
  };

  const failed = (error: unknown): void => {
    if (link.online) {
      log.warn('offline', { error: messageOf(error) });
      link.online = false;
      options.onChange();
    }
  };

  /** Until the next poll is due. */
  const rest = async (): Promise<void> => {
    await bell.wait(pollPaceMs(link));
    if (!socketLost) return;
    // Rings may have been lost with it. But many agents may have lost theirs at the same moment.
    socketLost = false;
    await bell.wait(options.random() * link.pollMs);
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      try {
        await poll();
        failures = 0;
        await rest();
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
      pollNow();
    },
    ring: (generation) => {
      if (rings.hear(generation)) pollNow();
    },
    paceChanged: () => {
      // A socket that has just opened is worth a poll at once: a ring from before it reached nobody.
      socketLost = !link.socketAlive;
      bell.ring();
    },
  };
}

/**
 * A manifest never goes back: one that did lost its row or comes from a restored table, and what it leaves out is no
 * wish to stop anything. The next report tells which one is held here, and the control plane writes a newer one.
 */
const isOlder = (answer: Manifest | 'unchanged', held: Manifest | undefined): boolean =>
  answer !== 'unchanged' && held?.host === answer.host && answer.generation < held.generation;

/** Once for each: it comes with every poll until the control plane has written a newer one. */
function olderTeller({ store, log }: ManifestLoopOptions): (answer: Manifest | 'unchanged') => void {
  let told: number | undefined;
  return (answer) => {
    const generation = answer === 'unchanged' ? undefined : answer.generation;
    if (generation === told) return;
    told = generation;
    log.warn('older-manifest', { generation, held: store.get().manifest?.generation });
  };
}

/**
 * From now on this manifest is in force; resolves when it is on the disk. On a full one it is in force all the same: it
 * may name what has to go, and what it wants started waits for the disk by itself (converge.ts).
 */
async function take(manifest: Manifest, { store, link, log }: ManifestLoopOptions): Promise<void> {
  store.set({ manifest });
  // Slower beats only with a beat's own reply: until then the lease counts on the pace that the last one set.
  setPace(link, { ...manifest, beatMs: Math.min(link.beatMs, manifest.beatMs) });
  link.announcedGeneration = manifest.generation;
  log.info('manifest', { generation: manifest.generation, assignments: manifest.assignments.length });
  await store.save().catch((error: unknown) => log.error('state-not-saved', { error: messageOf(error) }));
}

/**
 * Makes room on the disk: once a minute, while Docker answers and a manifest is known, images that Berth pulled and nobody
 * wants are removed. Docker itself refuses to remove what a container has, and only a name goes where an image has more.
 * Never rejects.
 */
import type { Clock } from '../clock.ts';
import { EngineError, type DockerEngine } from '../docker/engine.ts';
import type { HostFacts } from '../host/host-facts.ts';
import { noteWanted, unwantedImages, type PulledImages } from '../images/unwanted.ts';
import { messageOf, type Log } from '../log.ts';
import type { Store } from './store.ts';

export interface ImageRoomOptions {
  readonly engine: Pick<DockerEngine, 'about' | 'removeImage'>;
  readonly facts: Pick<HostFacts, 'diskPercent'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** An image has gone. */
  readonly onChange: () => void;
}

const EVERY_MS = 60_000;

export async function keepImageRoom(options: ImageRoomOptions): Promise<void> {
  const { clock, log, signal } = options;
  for (;;) {
    await clock.sleep(EVERY_MS, signal);
    if (signal.aborted) return;
    try {
      await lookOnce(options);
    } catch (error) {
      log.warn('images-not-looked-at', { error: messageOf(error) });
    }
  }
}

async function lookOnce({ engine, facts, store, clock, log, onChange }: ImageRoomOptions): Promise<void> {
  const { manifest, pulled = {} } = store.get();
  if (manifest === undefined || Object.keys(pulled).length === 0) return;
  const wanted = new Set(manifest.assignments.map(({ spec }) => manifest.specs[spec]?.image ?? ''));
  const nowMs = clock.now();
  const noted = noteWanted(pulled, wanted, nowMs);
  if (noted !== pulled) remember(store, noted);
  const diskPercent = await facts.diskPercent((await engine.about()).dataRoot);
  for (const image of unwantedImages(noted, wanted, { diskPercent, nowMs })) {
    try {
      await engine.removeImage(image);
      log.info('image-removed', {
        image,
        why: `the disk is ${diskPercent} % full and nothing has wanted it for 10 min`,
      });
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== 'refused') throw error;
      // A container has it after all: it is in use, and not to be asked about again in a minute.
      log.info('image-kept', { image, error: messageOf(error) });
      remember(store, { ...(store.get().pulled ?? {}), [image]: { wantedAtMs: nowMs } });
      continue;
    }
    const { [image]: _gone, ...rest } = store.get().pulled ?? {};
    remember(store, rest);
    onChange();
  }
}

function remember(store: Store, pulled: PulledImages): void {
  store.set({ pulled });
  store.saveSoon();
}

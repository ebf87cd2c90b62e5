/** Which images are here: asked at the start, after each pull, and every minute. Never rejects. */
import { createBell, type Clock } from '../clock.ts';
import type { DockerEngine } from '../docker/engine.ts';
import { messageOf, type Log } from '../log.ts';

export interface ImageLoop {
  run(): Promise<void>;
  /** An image may have come. */
  look(): void;
  /** References, sorted; as last seen. */
  images(): readonly string[];
}

export interface ImageLoopOptions {
  readonly engine: Pick<DockerEngine, 'images'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

const EVERY_MS = 60_000;
/** The wire's bound on one reference. */
const LONGEST = 1100;

export function createImageLoop(options: ImageLoopOptions): ImageLoop {
  const bell = createBell(options.clock, options.signal);
  let images: readonly string[] = [];
  return {
    run: async () => {
      while (!options.signal.aborted) {
        try {
          const here = await options.engine.images();
          const seen = here.filter((each) => each.length <= LONGEST).sort();
          if (seen.join() !== images.join()) images = seen;
          options.onChange();
        } catch (error) {
          options.log.warn('images-unknown', { error: messageOf(error) });
        }
        await bell.wait(EVERY_MS);
      }
    },
    look: () => bell.ring(),
    images: () => images,
  };
}

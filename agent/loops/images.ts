/**
 * Which images are here, and the layers of ours: asked at the start, after each pull, and every minute. Layers are asked
 * for once an image, as long as neither the images here nor those that are ours change. Never rejects.
 */
import { createBell, type Clock } from '../clock.ts';
import type { DockerEngine } from '../docker/engine.ts';
import { boundLayers, type ImageLayers } from '../images/layers.ts';
import { messageOf, type Log } from '../log.ts';

export interface ImageLoop {
  run(): Promise<void>;
  /** An image may have come. */
  look(): void;
  /** References, sorted; as last seen. */
  images(): readonly string[];
  /** Of those that are ours, as last seen; bounded. */
  layers(): readonly NamedLayers[];
}

export interface NamedLayers {
  readonly image: string;
  readonly layers: readonly string[];
}

export interface ImageLoopOptions {
  readonly engine: Pick<DockerEngine, 'images' | 'imageLayers'>;
  /** Images that tasks here want or that Berth pulled, those that were wanted last first. */
  readonly ours: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

const EVERY_MS = 60_000;
/** The wire's bound on one reference. */
const LONGEST = 1100;

export function createImageLoop(options: ImageLoopOptions): ImageLoop {
  const { engine, clock, log, signal } = options;
  const bell = createBell(clock, signal);
  let images: readonly string[] = [];
  let layers: readonly NamedLayers[] = [];
  let asked = '';

  const lookAtLayers = async (here: readonly string[]): Promise<void> => {
    const ours = options.ours().filter((image) => image.length <= LONGEST);
    const question = [...here, '', ...ours].join('\n');
    if (question === asked) return;
    const found: NamedLayers[] = [];
    for (const image of ours) {
      const known: ImageLayers | undefined = await engine.imageLayers(image);
      if (known !== undefined && known.layers.length > 0) found.push({ image, layers: known.layers });
    }
    layers = boundLayers(found);
    asked = question;
  };

  return {
    run: async () => {
      while (!signal.aborted) {
        try {
          const here = await engine.images();
          const seen = here.filter((each) => each.length <= LONGEST).sort();
          if (seen.join() !== images.join()) images = seen;
          await lookAtLayers(images);
        } catch (error) {
          log.warn('images-unknown', { error: messageOf(error) });
        }
        options.onChange();
        await bell.wait(EVERY_MS);
      }
    },
    look: () => {
      asked = ''; // the same name may be another image now
      bell.ring();
    },
    images: () => images,
    layers: () => layers,
  };
}

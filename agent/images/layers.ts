/** Which layers of our images are on the host: told to the control plane, which places tasks where little has to be fetched. */
import { list, number, object, text } from '../docker/read.ts';

export interface ImageLayers {
  /** Docker's id of the image: another one under the same name is another image. */
  readonly id: string;
  /** `4f5e0d2c1b3a:1048576`: first 12 digits of the layer's digest, and its bytes on the disk. */
  readonly layers: readonly string[];
}

/** Bounds of the wire and of the row that keeps them: the images that were wanted last come first. */
export const MOST = { images: 40, layers: 1000 } as const;

/**
 * From `GET /images/{name}/json` and `GET /images/{name}/history`. The history, newest first, tells sizes and does not
 * name layers: steps that wrote nothing may have one or not. Where the two cannot be matched the size is divided evenly.
 */
export function readImageLayers(inspected: unknown, history: unknown): ImageLayers {
  const image = object(inspected);
  const digests = list(object(image.RootFS).Layers).map(text);
  const sizes = list(history)
    .map((step) => number(object(step).Size))
    .reverse();
  const written = sizes.filter((size) => size > 0);
  const matched = [sizes, written].find(({ length }) => length === digests.length);
  const even = digests.length === 0 ? 0 : Math.floor(number(image.Size) / digests.length);
  return {
    id: text(image.Id),
    layers: digests.map(
      (digest, index) => `${digest.replace('sha256:', '').slice(0, 12)}:${matched?.[index] ?? even}`,
    ),
  };
}

/** As many as are told, in that order. */
export function boundLayers<Image extends { readonly layers: readonly string[] }>(
  images: readonly Image[],
): Image[] {
  let left: number = MOST.layers;
  return images.slice(0, MOST.images).filter(({ layers }) => {
    if (layers.length > left) return false;
    left -= layers.length;
    return true;
  });
}

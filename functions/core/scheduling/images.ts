/** How much of an image each host would have to fetch: the bytes of its layers that are not on the host already. */
import type { Architecture } from '../model/cluster.ts';
import type { ImageLayer } from '../model/placement.ts';
import type { Candidate } from './needs.ts';

export interface ImageIndex {
  /** Bytes by host number; null: no host of that architecture has the image, so nobody knows its layers. */
  missing(image: string, architecture: Architecture): Float64Array | null;
}

export function createImageIndex(hosts: readonly Candidate[]): ImageIndex {
  const kept = new Map<string, Float64Array | null>();
  let holders: ReadonlyMap<string, readonly number[]> | undefined;
  return {
    missing: (image, architecture) => {
      const key = `${architecture}/${image}`;
      const before = kept.get(key);
      if (before !== undefined) return before;
      const layers = layersOf(hosts, image, architecture);
      const bytes =
        layers === null ? null : missingBytes(layers, (holders ??= layerHolders(hosts)), hosts.length);
      kept.set(key, bytes);
      return bytes;
    },
  };
}

/** As the first host by id tells. A name can mean another image elsewhere; then this is an estimate. */
function layersOf(
  hosts: readonly Candidate[],
  image: string,
  architecture: Architecture,
): readonly ImageLayer[] | null {
  for (const host of hosts) {
    if (host.images === undefined || host.architecture !== architecture) continue;
    const found = host.images.find((one) => one.image === image);
    if (found !== undefined) return found.layers;
  }
  return null;
}

/** Layer -> numbers of the hosts that have it. */
function layerHolders(hosts: readonly Candidate[]): Map<string, number[]> {
  const holders = new Map<string, number[]>();
  hosts.forEach(({ images = [] }, host) => {
    for (const { layers } of images)
      for (const { id } of layers) {
        const list = holders.get(id);
        if (list === undefined) holders.set(id, [host]);
        else if (list.at(-1) !== host) list.push(host);
      }
  });
  return holders;
}

function missingBytes(
  layers: readonly ImageLayer[],
  holders: ReadonlyMap<string, readonly number[]>,
  hosts: number,
): Float64Array {
  const unique = [...new Map(layers.map((layer) => [layer.id, layer])).values()];
  const missing = new Float64Array(hosts).fill(unique.reduce((total, { bytes }) => total + bytes, 0));
  for (const { id, bytes } of unique)
    for (const host of holders.get(id) ?? []) missing[host] = (missing[host] ?? 0) - bytes;
  return missing;
}

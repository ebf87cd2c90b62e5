import type { DockerEngine } from './engine.ts';

/** Pulls of one image for one platform that are wanted at the same time are one pull. */
export function sharePulls(engine: Pick<DockerEngine, 'pull'>): DockerEngine['pull'] {
  const underWay = new Map<string, Promise<void>>();
  return (image, platform) => {
    const key = `${platform ?? ''} ${image}`;
    const shared = underWay.get(key) ?? engine.pull(image, platform).finally(() => underWay.delete(key));
    underWay.set(key, shared);
    return shared;
  };
}

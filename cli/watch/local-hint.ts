import type { Target } from '../api/target.ts';

/** Of the agent's words for a failed pull (agent/docker/pull-failure.ts; a test holds the two together). */
const PULL_FAILED = /The image (\S+) (?:\(\S+\) )?cannot be pulled/;

/**
 * What a failure means on the local cloud, whose hosts take images from this machine and reach no other registry:
 * nothing but this command knows that the control plane is a local one.
 */
export function localHint({ source }: Pick<Target, 'source'>, reason: string): string {
  const image = PULL_FAILED.exec(reason)?.[1];
  if (source !== 'local-file' || image === undefined) return '';
  return (
    `\n  the local cloud has only the images of this machine's Docker Engine, under names without a registry: ` +
    `docker build -t NAME FOLDER, or docker pull ${image} and docker tag ${image} NAME`
  );
}

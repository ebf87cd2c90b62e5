/** Puts images of the machine's own Docker Engine into the cloud's registry, where its hosts find them. */
import type { CloudPlan } from '../plan.ts';
import { RunError } from '../run.ts';
import type { Docker, Engine } from './engine.ts';
import { localName, parseReference } from './reference.ts';

/** An image that the machine's Docker Engine does not have. */
export class ImageMissing extends Error {
  override readonly name = 'ImageMissing';
}

/**
 * Makes `publishImage(reference)`: the image becomes available to every host under its unchanged name. An image that
 * was published already and has not been built anew since costs one question to the engine.
 * @throws ReferenceError for a name that the local cloud cannot serve; ImageMissing; RunError when Docker fails.
 */
export function createPublisher(plan: CloudPlan, engine: Engine): (reference: string) => Promise<void> {
  const published = new Map<string, string>();
  const running = new Map<string, Promise<void>>();

  const publish = async (reference: string): Promise<void> => {
    const name = parseReference(reference);
    const local = localName(name);
    const target = `127.0.0.1:${String(plan.ports.registry)}/${name.repository}:${name.tag}`;
    await engine.use(async (docker) => {
      const id = await imageId(docker, local);
      if (published.get(local) === id) return;
      await docker('tag', local, target);
      try {
        await docker('push', '--quiet', target);
      } finally {
        await docker('rmi', '--no-prune', target);
      }
      published.set(local, id);
    });
  };
  return (reference) => {
    const again = running.get(reference) ?? publish(reference).finally(() => running.delete(reference));
    running.set(reference, again);
    return again;
  };
}

async function imageId(docker: Docker, local: string): Promise<string> {
  try {
    return (await docker('image', 'inspect', '--format', '{{.Id}}', local)).trim();
  } catch (error) {
    if (error instanceof RunError && /no such image/i.test(error.stderr))
      throw new ImageMissing(
        `this machine's Docker Engine has no image ${local}; build it (docker build -t ${local} FOLDER), then deploy again`,
      );
    throw error;
  }
}

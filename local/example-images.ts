/** The images that a Compose file names: built (the shop's), found in the machine's Docker Engine, published. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import type { Cloud } from './cloud.ts';
import { ImageMissing } from './registry/publish-image.ts';
import { ReferenceError } from './registry/reference.ts';
import { run } from './run.ts';

/** The example that `npm start` deploys when no file is named. */
export const shopFile = (project: string): string => join(project, 'examples/shop/compose.yaml');

/** Builds the example's images in the machine's Docker Engine. @throws RunError with what the build said */
export async function buildShop(project: string): Promise<void> {
  const folder = dirname(shopFile(project));
  await run('sh', ['build.sh'], { cwd: folder, timeoutMs: 5 * 60_000 });
}

/**
 * The images of a Compose document. What cannot be read has none: the deploy says better what is wrong with it.
 * @param text the document
 */
export function imagesOf(text: string): string[] {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 100 });
  } catch {
    return [];
  }
  const { services } = (document ?? {}) as { readonly services?: unknown };
  const images = Object.values((services ?? {}) as Record<string, unknown>).map(
    (service) => (service as { readonly image?: unknown } | null)?.image,
  );
  return [...new Set(images.filter((image) => typeof image === 'string'))];
}

/** Publishes every image of a file ahead of its deploy. @throws Error that names all images that cannot be had. */
export async function publishImagesOf(cloud: Pick<Cloud, 'publishImage'>, file: string): Promise<void> {
  const problems: string[] = [];
  for (const image of imagesOf(readFileSync(file, 'utf8')))
    try {
      await cloud.publishImage(image);
    } catch (error) {
      if (!(error instanceof ImageMissing || error instanceof ReferenceError)) throw error;
      problems.push(error.message);
    }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

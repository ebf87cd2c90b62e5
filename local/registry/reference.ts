/** Image references, as far as the local cloud can serve them: names of Docker Hub's kind, with a tag. */

/** A reference that hosts of the local cloud cannot pull. The message says what to write instead. */
export class ReferenceError extends Error {
  override readonly name = 'ReferenceError';
}

export interface ImageName {
  /** Repository in the registry: `library/` goes before a name of one part, as Docker Hub has it. */
  readonly repository: string;
  readonly tag: string;
}

const HUB = /^(?:docker\.io|index\.docker\.io)\//;
/** What Docker takes for a registry: a first part with a dot or a port in it, or localhost. */
const REGISTRY = /^(?:localhost|[\w-]+(?:\.[\w-]+)+|[\w.-]+:\d+)(?::\d+)?$/;
const PART = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Where an image that a Compose file names lies in the cloud's registry.
 * @throws ReferenceError for another registry's name, a digest, or text that is no reference.
 */
export function parseReference(reference: string): ImageName {
  const plain = reference.replace(HUB, '');
  if (plain.includes('@'))
    throw new ReferenceError(
      `${reference}: a digest cannot be served from this machine; name the image by a tag`,
    );
  const [first = '', ...rest] = plain.split('/');
  if (rest.length > 0 && REGISTRY.test(first))
    throw new ReferenceError(
      `${reference}: the local cloud reaches no other registry; tag the image without one ` +
        `(docker tag ${reference} ${rest.join('/')}) and write image: ${rest.join('/')}`,
    );
  const [path = '', tag = 'latest', ...more] = plain.split(':');
  if (more.length > 0 || !TAG.test(tag) || !path.split('/').every((part) => PART.test(part)))
    throw new ReferenceError(`${reference}: not an image reference; write NAME or NAME:TAG, in lower case`);
  return { repository: rest.length === 0 ? `library/${path}` : path, tag };
}

/** The name that `repository:tag` has in the machine's own Docker Engine. */
export function localName({ repository, tag }: ImageName): string {
  return `${repository.replace(/^library\//, '')}:${tag}`;
}

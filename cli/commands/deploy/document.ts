import { open } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { BODY_MAX_BYTES } from '../../../contract/http-api.ts';
import { badInput, CliError } from '../../cli-error.ts';

export interface Document {
  /** As the user named it; for messages. */
  readonly file: string;
  /** Byte for byte what is sent. */
  readonly bytes: Uint8Array;
}

/** Names that Compose looks for, in its order (compose-spec, "Compose file"). */
const DEFAULT_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

/**
 * Reads the file, or stdin for `-`; without a name the first default file in `cwd`.
 * @throws CliError exit 2: not there, no file, not readable, more than `BODY_MAX_BYTES`.
 */
export async function readDocument(cwd: string, named: string | undefined): Promise<Document> {
  if (named === '-') return { file: 'stdin', bytes: await readBounded(process.stdin, 'stdin') };
  const file = named ?? DEFAULT_FILES.find((name) => existsSync(resolve(cwd, name)));
  if (file === undefined)
    throw badInput(`there is no ${DEFAULT_FILES.join(', ')} in ${cwd}`, 'name the file: -f FILE');
  try {
    const handle = await open(resolve(cwd, file));
    return { file, bytes: await readBounded(handle.createReadStream(), file) };
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw badInput(`${file} cannot be read: ${WHY[code] ?? message}`);
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
};

async function readBounded(stream: AsyncIterable<Uint8Array | string>, file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    // Refused before it is all read: /dev/zero ends too.
    if (size > BODY_MAX_BYTES)
      throw badInput(
        `${file} is larger than ${String(BODY_MAX_BYTES / 1_000_000)} MB`,
        'split the stack into several files',
      );
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

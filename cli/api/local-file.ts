import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { badInput } from '../cli-error.ts';

/** What `npm start` leaves for scripts: where the local cloud is. Times and ports are TCP/UDP on loopback. */
export interface LocalCloud {
  readonly endpoint: string;
  readonly region: string;
  /** Where the parts of its AWS answer: `EC2`, `ROUTE_53`, and `default` for all others. */
  readonly aws: Readonly<Record<string, string>> | undefined;
  /** The file it was read from. */
  readonly path: string;
}

/** The nearest `.berth/local.json` upward of `folder`, or null. A broken one is an error, not "none". */
export function findLocalCloud(folder: string): LocalCloud | null {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, '.berth', 'local.json');
    const text = readIfThere(path);
    if (text !== null) return parse(path, text);
    if (at === dirname(at)) return null;
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw badInput(`${path} cannot be read: ${(error as Error).message}`, OUT_OF_THE_WAY);
  }
}

const OUT_OF_THE_WAY = 'restart the local cloud (npm stop, npm start), or name an endpoint with --endpoint';

function parse(path: string, text: string): LocalCloud {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw badInput(`${path} is no JSON: ${(error as Error).message}`, OUT_OF_THE_WAY);
  }
  const { endpoint, region, aws } = (content ?? {}) as Record<string, unknown>;
  if (typeof endpoint !== 'string' || typeof region !== 'string')
    throw badInput(`${path} lacks "endpoint" or "region"`, OUT_OF_THE_WAY);
  return { endpoint, region, aws: aws as LocalCloud['aws'], path };
}

/**
 * The agent's configuration: `/etc/berth/agent.json`, written by the host's user data. It holds no key and no address
 * of the control plane: keys come from the host's role, the address from Parameter Store.
 */
import { readFile } from './files.ts';
import { array, boolean, integer, objectWith, string } from './control-plane/read-value.ts';

export interface AgentConfig {
  readonly cluster: string;
  readonly region: string;
  readonly stateDir: string;
  /** Folder of the agent's versions; absent on hosts that cannot be upgraded in place. */
  readonly home?: string;
  readonly dockerSocket: string;
  /** False: containers run even where the metadata address cannot be blocked for them. */
  readonly requireMetadataBlock: boolean;
  /** Interfaces that containers' packets come in by; `+` is any ending. */
  readonly bridges: readonly string[];
  /** Milliseconds between full lists of the containers. */
  readonly relistMs: number;
  /** Milliseconds in which Docker must answer what needs no work of it; else it does not answer. */
  readonly dockerAskMs: number;
  /** Containers created and started at once. */
  readonly launches: number;
}

/** As measured: more at once does not start them sooner, fewer leaves the engine idle (bench/deploy). */
const LAUNCHES = 16;

const read = objectWith(
  { cluster: string, region: string },
  {
    stateDir: string,
    home: string,
    dockerSocket: string,
    requireMetadataBlock: boolean,
    bridges: array(string),
    relistMs: integer(100),
    dockerAskMs: integer(100),
    launches: integer(1, 128),
  },
);

/** @throws when the file is not there, is no JSON, or a value is not what it must be; the message names it */
export async function loadConfig(path: string): Promise<AgentConfig> {
  return parseConfig(JSON.parse(await readFile(path, 'utf8')), path);
}

export function parseConfig(value: unknown, path: string): AgentConfig {
  return {
    stateDir: '/var/lib/berth',
    dockerSocket: '/var/run/docker.sock',
    requireMetadataBlock: true,
    bridges: ['docker+', 'br-+'],
    relistMs: 10_000,
    dockerAskMs: 10_000,
    launches: LAUNCHES,
    ...read(value, path),
  };
}

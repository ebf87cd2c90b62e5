/**
 * The port "Docker engine" over the engine's own HTTP API.
 *
 * The API version is negotiated (`/_ping` names the engine's newest): 1.41, Docker 20.10, is the oldest that will do.
 * An engine that was replaced under a running agent is asked anew after the connection broke.
 */
import {
  EngineError,
  LABELS,
  type Container,
  type ContainerEvent,
  type CreateOptions,
  type DockerEngine,
  type EngineErrorKind,
  type EngineFacts,
} from './engine.ts';
import { readImageLayers, type ImageLayers } from '../images/layers.ts';
import { execIn, execRuns } from './exec.ts';
import { list, number, object, readContainer, readListed, text } from './read.ts';
import { readStats } from './stats.ts';
import { createSocketClient, errorMessage, type SocketCall, type SocketClient } from './socket-client.ts';

/** Oldest API that has all we use, and the newest that we were tried with. */
const API = { oldest: [1, 41], newest: [1, 51] } as const;

/** Deadlines in milliseconds, beside that of a plain question. Starting waits for the kernel, pulling for a registry. */
const DEADLINE = { create: 60_000, start: 120_000, remove: 60_000, pullIdle: 120_000 } as const;

/** Milliseconds in which Docker answers a plain question. */
const ASK_MS = 10_000;

export interface DockerEngineOptions {
  readonly socketPath: string;
  readonly cluster: string;
  /** In place of `ASK_MS`. */
  readonly askMs?: number;
}

export function createDockerEngine(options: DockerEngineOptions): DockerEngine {
  const { askMs = ASK_MS } = options;
  const client = createSocketClient(options.socketPath);
  const version = negotiated(client, askMs);
  const ours = `${LABELS.cluster}=${options.cluster}`;

  const call = async (request: SocketCall, meanings: Meanings = {}): Promise<unknown> => {
    const prefix = await version.get();
    const reply = await client.call({ ...request, path: prefix + request.path }).catch((error: unknown) => {
      version.forget();
      throw error;
    });
    if (reply.status < 400) return reply.body;
    throw refused(reply.status, errorMessage(reply.body), meanings);
  };
  const ask = (path: string, meanings?: Meanings): Promise<unknown> =>
    call({ method: 'GET', path, timeoutMs: askMs }, meanings);
  const post = (path: string, timeoutMs: number, meanings: Meanings, body?: unknown): Promise<unknown> =>
    call({ method: 'POST', path, timeoutMs, ...(body === undefined ? {} : { body }) }, meanings);

  return {
    about: async () => readFacts(await ask('/info'), await ask('/version')),
    list: async () => {
      const filters = encodeURIComponent(JSON.stringify({ label: [ours] }));
      return listed(await ask(`/containers/json?all=1&filters=${filters}`)).map(readListed);
    },
    inspect: (id) => inspect(() => ask(`/containers/${id}/json`, { 404: 'not-found' })),
    stats: async (id) => {
      const path = `/containers/${id}/stats?stream=false&one-shot=true`;
      return readStats(await ask(path, { 404: 'not-found' }).catch(nothing));
    },
    create: async (name, body: CreateOptions, platform) => {
      const query = `name=${encodeURIComponent(name)}${platform === undefined ? '' : `&platform=${encodeURIComponent(platform)}`}`;
      const meanings = { 404: 'image-missing', 409: 'name-taken' } as const;
      return text(object(await post(`/containers/create?${query}`, DEADLINE.create, meanings, body)).Id);
    },
    start: async (id) => {
      await post(`/containers/${id}/start`, DEADLINE.start, { 404: 'not-found' });
    },
    kill: async (id, signal) => {
      const path = `/containers/${id}/kill?signal=${encodeURIComponent(signal)}`;
      await post(path, askMs, { 404: 'not-found', 409: 'not-running' });
    },
    remove: (id) =>
      remove(() =>
        call(
          { method: 'DELETE', path: `/containers/${id}?v=1`, timeoutMs: DEADLINE.remove },
          { 404: 'not-found', 409: 'running' },
        ),
      ),
    exec: async (id, command, timeoutMs) => execIn(client, await version.get(), { id, command, timeoutMs }),
    execRuns: async (exec) => execRuns(client, await version.get(), exec),
    pull: async (image, platform) => pull(client, await version.get(), image, platform),
    removeImage: (reference) =>
      remove(() =>
        call(
          { method: 'DELETE', path: `/images/${encodeURI(reference)}`, timeoutMs: DEADLINE.remove },
          { 404: 'image-missing' },
        ),
      ),
    images: async () => list(await ask('/images/json')).flatMap(readReferences),
    imageLayers: (reference) => imageLayers(ask, reference),
    events: async function* (signal, listening) {
      const wanted = { type: ['container'], label: [ours], event: ['die', 'health_status', 'destroy'] };
      const path = `${await version.get()}/events?filters=${encodeURIComponent(JSON.stringify(wanted))}`;
      const options = { method: 'GET', path, timeoutMs: askMs, idleMs: 0, signal } as const;
      for await (const value of client.stream(options, listening)) yield readEvent(value);
    },
  };
}

/** Undefined: there is no such image (any more). */
async function imageLayers(
  ask: (path: string, meanings: Meanings) => Promise<unknown>,
  reference: string,
): Promise<ImageLayers | undefined> {
  const path = `/images/${encodeURI(reference)}`;
  try {
    return readImageLayers(
      await ask(`${path}/json`, { 404: 'image-missing' }),
      await ask(`${path}/history`, { 404: 'image-missing' }),
    );
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'image-missing') return undefined;
    throw error;
  }
}

/** Which kind of error a status means for one call; everything else is `refused`. */
type Meanings = Readonly<Record<number, EngineErrorKind>>;

function refused(status: number, message: string, meanings: Meanings): EngineError {
  if (/port is already allocated|address already in use/.test(message))
    return new EngineError('port-taken', message);
  // The daemon answers 404 for more than one thing: a start also fails so when the command's file is missing.
  const kind = meanings[status];
  if (kind === 'not-found' && !/no such container/i.test(message)) return new EngineError('refused', message);
  return new EngineError(kind ?? 'refused', message);
}

/** An answer that is no list is none: taken for an empty one it would say that nothing runs. */
function listed(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw senseless('the containers');
  return value;
}

const senseless = (what: string): EngineError =>
  new EngineError('refused', `Docker's answer about ${what} makes no sense`);

async function inspect(get: () => Promise<unknown>): Promise<Container | undefined> {
  try {
    const container = readContainer(await get());
    if (container.id === '') throw senseless('a container');
    return container;
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

/** One that is gone has used nothing that can be told. */
function nothing(error: unknown): undefined {
  if (error instanceof EngineError && error.kind === 'not-found') return undefined;
  throw error;
}

async function remove(send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const underWay = error.kind === 'running' && error.message.includes('already in progress');
    if (error.kind !== 'not-found' && error.kind !== 'image-missing' && !underWay) throw error;
  }
}

/** A pull answers 200 at once; what went wrong comes in the stream. */
async function pull(
  client: SocketClient,
  prefix: string,
  image: string,
  platform: string | undefined,
): Promise<void> {
  const { name, tag } = splitReference(image);
  const query = new URLSearchParams({
    fromImage: name,
    tag,
    ...(platform === undefined ? {} : { platform }),
  });
  const path = `${prefix}/images/create?${query.toString()}`;
  const options = { method: 'POST', path, timeoutMs: DEADLINE.pullIdle, idleMs: DEADLINE.pullIdle } as const;
  for await (const value of client.stream(options)) {
    const failure = text(object(value).error);
    if (failure !== '') throw new EngineError('refused', failure);
  }
}

/** `registry:5000/a/b:tag`, `a@sha256:...`, `a`: the API takes name and tag (or digest) apart; no tag is `latest`. */
export function splitReference(image: string): { name: string; tag: string } {
  const at = image.indexOf('@');
  if (at >= 0) return { name: image.slice(0, at).replace(/:[^/:]*$/, ''), tag: image.slice(at + 1) };
  const tag = /:([^/:]+)$/.exec(image);
  return tag === null
    ? { name: image, tag: 'latest' }
    : { name: image.slice(0, -tag[0].length), tag: tag[1] ?? 'latest' };
}

function readReferences(value: unknown): string[] {
  const image = object(value);
  return [...list(image.RepoTags), ...list(image.RepoDigests)]
    .map(text)
    .filter((reference) => reference !== '' && !reference.includes('<none>'));
}

function readEvent(value: unknown): ContainerEvent {
  return { id: text(object(object(value).Actor).ID) };
}

function readFacts(info: unknown, version: unknown): EngineFacts {
  const facts = object(info);
  return {
    version: text(facts.ServerVersion),
    apiVersion: text(object(version).ApiVersion),
    cgroupVersion: text(facts.CgroupVersion) === '2' ? '2' : '1',
    storageDriver: text(facts.Driver),
    cpus: number(facts.NCPU),
    dataRoot: text(facts.DockerRootDir),
  };
}

/** The path prefix (`/v1.41`) of the newest API that both sides know; asked once, and again after `forget`. */
function negotiated(client: SocketClient, askMs: number): { get(): Promise<string>; forget(): void } {
  let known: Promise<string> | undefined;
  const negotiate = async (): Promise<string> => {
    const reply = await client.call({ method: 'GET', path: '/_ping', timeoutMs: askMs });
    const offered = text(reply.headers['api-version']);
    const [major = 0, minor = 0] = offered.split('.').map(Number);
    if (major !== API.oldest[0] || minor < API.oldest[1])
      throw new EngineError(
        'refused',
        `Docker's API is ${offered || 'unknown'}; Berth needs 1.41 (Docker 20.10) or newer`,
      );
    return `/v1.${Math.min(minor, API.newest[1])}`;
  };
  return {
    get: () => {
      known ??= negotiate().catch((error: unknown) => {
        known = undefined;
        throw error;
      });
      return known;
    },
    forget: () => (known = undefined),
  };
}

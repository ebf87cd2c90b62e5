/** Docker's replies that are not as they should be: each a typed error or nothing, never "nothing runs". */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerEngine } from '../../../agent/docker/docker-engine.ts';
import { EngineError, type DockerEngine } from '../../../agent/docker/engine.ts';

const ASK_MS = 200;
let folder: string;
let server: Server;
let engine: DockerEngine;
let answer: RequestListener;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-replies-'));
  const socketPath = join(folder, 'docker.sock');
  server = createServer((request, response) => {
    if (request.url === '/_ping') response.writeHead(200, { 'api-version': '1.41' }).end('OK');
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  engine = createDockerEngine({ socketPath, cluster: 'test', askMs: ASK_MS });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const says = (status: number, text: string): void => {
  answer = (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(text);
};
const kindOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'no error',
    (error: unknown) => (error instanceof EngineError ? error.kind : `not typed: ${String(error)}`),
  );

describe('a list of containers', () => {
  it.each([
    ['half of it', '[{"Id":"a"},{"I'],
    ['an object', '{"message":"all is well"}'],
    ['nothing', ''],
    ['null', 'null'],
  ])('that is %s is an error, not an empty host', async (_what, text) => {
    says(200, text);
    expect(await kindOf(engine.list())).toBe('refused');
  });

  it('that breaks off, comes as a 500, or never ends is an error of its kind', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('[{"Id":');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await kindOf(engine.list())).toBe('unreachable');
    says(500, '{"message":"panic"}');
    await expect(engine.list()).rejects.toThrow('panic');
    answer = (_request, response) => void response.writeHead(200).write('[');
    expect(await kindOf(engine.list())).toBe('timeout');
    answer = () => undefined;
    expect(await kindOf(engine.list())).toBe('timeout');
  });

  it('tells two containers of one name apart, and reads what is not there as empty', async () => {
    says(200, '[{"Id":"a","Names":["/x"]},{"Id":"b","Names":["/x"],"Labels":null},{}]');
    expect((await engine.list()).map(({ id, name }) => `${id} ${name}`)).toEqual(['a x', 'b x', ' ']);
  });
});

describe('a container', () => {
  it('that vanished between the list and the look is none', async () => {
    says(404, '{"message":"No such container: a"}');
    expect(await engine.inspect('a')).toBeUndefined();
  });

  it('of which half is told is an error', async () => {
    says(200, '{"Id":"a","State":{"Sta');
    expect(await kindOf(engine.inspect('a'))).toBe('refused');
  });

  it('that ended with 255 and without a time has ended with 255', async () => {
    says(200, '{"Id":"a","State":{"Status":"exited","ExitCode":255}}');
    expect(await engine.inspect('a')).toMatchObject({ state: 'exited', exitCode: 255, finishedAt: '' });
  });

  it('whose name is taken, or that is in the way of itself, says so', async () => {
    says(409, '{"message":"Conflict. The container name is already in use"}');
    expect(await kindOf(engine.create('x', {} as never))).toBe('name-taken');
    says(409, '{"message":"removal of container a is already in progress"}');
    expect(await kindOf(engine.remove('a'))).toBe('no error');
  });
});

describe('events', () => {
  it('without a clock still name their container, and half a one ends the stream', async () => {
    answer = (_request, response) =>
      void response.writeHead(200).end('{"Actor":{"ID":"a"}}\n{"Actor":{}}\n{"Actor":{"ID":"b"}');
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { id } of engine.events(new AbortController().signal, () => undefined)) seen.push(id);
    };
    await expect(read()).rejects.toThrow(EngineError);
    expect(seen).toEqual(['a', '']);
  });
});

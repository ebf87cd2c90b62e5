/** A private engine made ready for tests of the Docker port: the test image, and a registry to pull from. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { startPrivateDocker, type PrivateDocker } from './private-docker.ts';
import { loadTestImage } from './test-image.ts';

export interface RealDocker extends PrivateDocker {
  /** `127.0.0.1:5000` in the engine's network: a registry on loopback needs no TLS. */
  readonly registry: string;
  /** One call of Docker's API, parsed when it is JSON. */
  api(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }>;
  /** Puts an image into the registry under this name and takes it off the engine. */
  publish(image: string, name: string): Promise<void>;
}

export async function startRealDocker(): Promise<RealDocker> {
  const docker = await startPrivateDocker();
  await loadTestImage(docker.socketPath);
  const folder = mkdtempSync(join(tmpdir(), 'berth-registry-'));
  const registry = startRegistry(docker, folder);
  const api = (method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> =>
    callDocker(docker.socketPath, method, path, body);
  return {
    ...docker,
    registry: '127.0.0.1:5000',
    api,
    publish: async (image, name) => {
      const [repo = '', tag = 'latest'] = name.split(/:(?=[^/]+$)/);
      await eventually(() => registryAnswers(docker), { what: 'the registry' });
      const query = new URLSearchParams({ repo, tag });
      await api('POST', `/images/${image}/tag?${query.toString()}`);
      const pushed = await api('POST', `/images/${repo}/push?tag=${tag}`, {});
      if (JSON.stringify(pushed.body).includes('error'))
        throw new Error(`push failed: ${String(pushed.body)}`);
      await api('DELETE', `/images/${name}`);
    },
    remove: async () => {
      registry.kill('SIGKILL');
      await docker.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function startRegistry(docker: PrivateDocker, folder: string): ChildProcess {
  const config = join(folder, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${folder}/data } }\nhttp: { addr: '127.0.0.1:5000' }\n`,
  );
  const enter = `--net=/run/netns/${docker.netns}`;
  return spawn('nsenter', [enter, 'docker-registry', 'serve', config], { stdio: 'ignore' });
}

function registryAnswers(docker: PrivateDocker): boolean {
  try {
    return docker.inNetwork('curl', '-s', 'http://127.0.0.1:5000/v2/').includes('{}');
  } catch {
    return false;
  }
}

export function callDocker(
  socketPath: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const auth = { 'x-registry-auth': Buffer.from('{}').toString('base64') };
    const headers = { 'content-type': 'application/json', ...auth };
    const sent = request({ socketPath, method, path, headers }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part: string) => (text += part));
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: parsed(text) }));
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

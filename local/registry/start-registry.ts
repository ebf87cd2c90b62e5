/**
 * The registry of a cloud: what its hosts see as Docker Hub.
 *
 * Debian's docker-registry serves a folder of the cloud on loopback, where the machine's engine may push over plain
 * http. Hosts ask at the bridge's address, which is served from here: when a manifest is asked for by tag, the image
 * of the machine's own Docker Engine with that name is published first. So whatever `docker images` shows can be
 * deployed by its unchanged name, and a rebuilt image is what the next pull gets.
 * Nothing is ever deleted in the folder while the cloud lives, so there is nothing that a garbage collection could
 * race with; the folder goes with the cloud.
 * Fails: an image that the engine does not have is 404 for the host, with the remedy in the error's message.
 */
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import type { CloudPlan } from '../plan.ts';
import { logTail, startService } from '../service.ts';
import type { Service } from '../service.ts';
import { waitUntil } from '../wait-until.ts';

/** `/v2/NAME/manifests/TAG`; a digest is asked for only after its tag. */
const MANIFEST = /^\/v2\/(.+)\/manifests\/([\w.-]+)$/;

export async function startRegistry(
  plan: CloudPlan,
  publishImage: (reference: string) => Promise<void>,
): Promise<{ close(): Promise<void> }> {
  const service = startStore(plan);
  await storeAnswers(plan, service);
  const server = createServer((request, response) => {
    void serve(plan, publishImage, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(plan.ports.registry, plan.bridge.address, resolve);
  });
  return {
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.stop();
    },
  };
}

async function serve(
  plan: CloudPlan,
  publishImage: (reference: string) => Promise<void>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, repository, tag] = MANIFEST.exec((request.url ?? '').split('?')[0] ?? '') ?? [];
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answerError(response, 405, 'UNSUPPORTED', 'hosts only read; publish from the machine');
    return;
  }
  try {
    if (repository !== undefined && tag !== undefined) await publishImage(`${repository}:${tag}`);
  } catch (error) {
    answerError(response, 404, 'MANIFEST_UNKNOWN', error instanceof Error ? error.message : String(error));
    return;
  }
  forward(plan, request, response);
}

function forward(plan: CloudPlan, request: IncomingMessage, response: ServerResponse): void {
  const { method = 'GET', url: path = '/', headers } = request;
  const onward = httpRequest(
    { host: '127.0.0.1', port: plan.ports.registry, method, path, headers },
    (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      pipeline(reply, response, () => undefined); // either side may leave early; the other is closed with it
    },
  );
  onward.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else answerError(response, 502, 'UNAVAILABLE', error.message);
  });
  response.on('close', () => onward.destroy());
  onward.end();
}

/** The error format of the distribution specification. */
function answerError(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'docker-distribution-api-version': 'registry/2.0',
  });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

/** JSON is YAML too, and the registry's settings are YAML. */
function startStore(plan: CloudPlan): Service {
  const folder = join(plan.paths.state, 'registry');
  mkdirSync(folder, { recursive: true });
  const file = join(plan.paths.state, 'registry.json');
  writeFileSync(
    file,
    JSON.stringify({
      version: 0.1,
      log: { level: 'warn', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: folder }, maintenance: { uploadpurging: { enabled: false } } },
      http: { addr: `127.0.0.1:${String(plan.ports.registry)}` },
    }),
  );
  return startService(plan, {
    name: 'registry',
    command: 'docker-registry',
    args: ['serve', file],
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
  });
}

async function storeAnswers(plan: CloudPlan, service: Service): Promise<void> {
  const check = async (): Promise<true | undefined> => {
    const ended = service.ended();
    if (ended !== undefined) throw new Error(`docker-registry ended (${ended}):\n${logTail(service.log)}`);
    try {
      const reply = await fetch(`http://127.0.0.1:${String(plan.ports.registry)}/v2/`);
      await reply.arrayBuffer();
      return reply.ok || undefined;
    } catch {
      return undefined;
    }
  };
  await waitUntil(check, { what: `docker-registry (log: ${service.log})`, timeoutMs: 15_000 });
}

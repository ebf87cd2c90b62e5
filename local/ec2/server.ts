/**
 * The EC2 server of the local cloud: the Query protocol of EC2 at AWS_ENDPOINT_URL_EC2.
 *
 * Job: establish who calls, hand the model's actions to the service, pass every other action on to the emulator exactly
 *   as it was signed; answer tests on the control path. In: HTTP on the given addresses. Out: XML.
 * Fails: every refusal is EC2's own error form; an emulator that does not answer is 503 `Unavailable`; where a test asked
 *   for it the connection is cut after the effect. Actions on instances that neither the model nor (therefore) the
 *   emulator can answer truly are refused as `UnsupportedOperation`.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { control, ControlError } from './control.ts';
import type { RawReply, RawRequest } from './emulator/forward.ts';
import { forward } from './emulator/forward.ts';
import { isAction } from './model/checks/fields.ts';
import type { ActionName } from './model/ec2.ts';
import { Ec2Error, errorOf, invalidValue, missing, ReplyLostError } from './model/errors.ts';
import type { Ec2Service } from './service.ts';
import { decodeForm } from './wire/decode-form.ts';
import { encodeError, encodeReply } from './wire/encode-xml.ts';
import { wireOperation } from './wire/operations.ts';

export interface Ec2ServerOptions {
  readonly service: Ec2Service;
  /** The emulator that gets what the model does not answer. */
  readonly emulator: string;
  /** Loopback and bridge. */
  readonly listen: readonly { readonly host: string; readonly port: number }[];
}

export interface Ec2Server {
  close(): Promise<void>;
}

const API_VERSION = '2016-11-15';
const CONTROL_PATH = '/_berth/ec2/';
const BODY_BYTES_MAX = 1024 * 1024;

/** About instances, which the emulator does not have: passed on, they would be answered wrongly or make false ones. */
const REFUSED = new Set([
  'DeleteTags',
  'DescribeInstanceAttribute',
  'DescribeInstanceTypeOfferings',
  'DescribeSpotPriceHistory',
  'DescribeTags',
  'ModifyInstanceAttribute',
  'ModifyInstanceMetadataOptions',
  'RebootInstances',
  'RequestSpotInstances',
  'StartInstances',
  'StopInstances',
]);

/** Listens on all addresses. @throws Error when one of them is taken. */
export async function startEc2Server(options: Ec2ServerOptions): Promise<Ec2Server> {
  const servers: Server[] = [];
  const close = async () => {
    await Promise.all(servers.map(closeServer));
  };
  try {
    for (const { host, port } of options.listen) {
      const server = createServer((request, response) => void serve(options, request, response));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function serve(
  options: Ec2ServerOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  let reply: RawReply;
  try {
    const request = await readRequest(incoming);
    reply = request.path.startsWith(CONTROL_PATH)
      ? answerControl(options.service, incoming, request)
      : await answer(options, request, requestId);
  } catch (error) {
    if (error instanceof ReplyLostError) {
      incoming.socket.destroy();
      return;
    }
    const refusal = toRefusal(error);
    reply = {
      status: refusal.status,
      headers: { 'content-type': 'text/xml;charset=UTF-8' },
      body: encodeError(refusal.code, refusal.message, requestId),
    };
  }
  response.writeHead(reply.status, { ...reply.headers, 'x-amzn-requestid': requestId });
  response.end(reply.body);
}

async function readRequest(incoming: IncomingMessage): Promise<RawRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > BODY_BYTES_MAX) throw new Ec2Error('RequestEntityTooLarge', 'The request is too large.', 413);
    chunks.push(chunk as Buffer);
  }
  return {
    method: incoming.method ?? 'POST',
    path: incoming.url ?? '/',
    rawHeaders: incoming.rawHeaders,
    body: Buffer.concat(chunks),
  };
}

async function answer(
  { service, emulator }: Ec2ServerOptions,
  request: RawRequest,
  requestId: string,
): Promise<RawReply> {
  const { action, form } = readForm(request);
  const note = (principal: string, outcome: string) =>
    service.model.calls.add({ atMs: service.clock.nowMs(), action, principal, outcome, used: [] });
  const caller = await service.callers.identify(request).catch((error: unknown) => {
    note('unknown', error instanceof Error ? error.name : 'unknown');
    throw error;
  });
  if (REFUSED.has(action)) {
    note(caller.arn, 'UnsupportedOperation');
    throw new Ec2Error('UnsupportedOperation', `The local EC2 does not model ${action}.`);
  }
  if (!isAction(action) || isOthersTags(service, action, form)) {
    const reply = await forward(emulator, request);
    note(caller.arn, `forwarded ${reply.status}`);
    return reply;
  }
  const { input, output } = wireOperation(action);
  let decoded: Record<string, unknown>;
  try {
    decoded = decodeForm(form, input);
  } catch (error) {
    note(caller.arn, error instanceof Error ? error.name : 'unknown');
    throw error;
  }
  return {
    status: 200,
    headers: { 'content-type': 'text/xml;charset=UTF-8' },
    body: encodeReply(action, await service.call(action, decoded, caller), { schema: output, requestId }),
  };
}

/** Whether this call tags things that are the emulator's. */
function isOthersTags({ model }: Ec2Service, action: ActionName, form: URLSearchParams): boolean {
  if (action !== 'CreateTags') return false;
  const ids = [...form].filter(([name]) => /^ResourceId\.\d+$/.test(name)).map(([, id]) => id);
  const own = ids.filter((id) => model.owns(id));
  if (own.length > 0 && own.length < ids.length)
    throw new Ec2Error(
      'UnsupportedOperation',
      'The local EC2 tags instances and other resources in separate calls.',
    );
  return own.length === 0;
}

function readForm({ method, path, body }: RawRequest): {
  readonly action: string;
  readonly form: URLSearchParams;
} {
  const url = new URL(path, 'http://local');
  const form = method === 'GET' ? url.searchParams : new URLSearchParams(body.toString('utf8'));
  const action = form.get('Action');
  const version = form.get('Version');
  if (url.pathname !== '/' || action === null) throw missing('Action');
  if (version !== API_VERSION)
    throw new Ec2Error(
      'NoSuchVersion',
      `The requested version (${version ?? ''}) of service AmazonEC2 does not exist`,
    );
  form.delete('Action');
  form.delete('Version');
  return { action, form };
}

function answerControl(service: Ec2Service, incoming: IncomingMessage, request: RawRequest): RawReply {
  const headers = { 'content-type': 'application/json' };
  const from = incoming.socket.remoteAddress ?? '';
  if (!/^(?:127\.|::1$|::ffff:127\.)/.test(from))
    return { status: 403, headers, body: JSON.stringify({ error: 'the control path is for loopback only' }) };
  const command = `${request.method} ${request.path.slice(CONTROL_PATH.length)}`;
  try {
    const result = control(service, command, request.body.toString('utf8'));
    return { status: 200, headers, body: JSON.stringify(result) };
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return { status: 400, headers, body: JSON.stringify({ error: error.message }) };
  }
}

/** A mistake of ours is EC2's InternalError; its text goes to whoever reads the error. */
function toRefusal(error: unknown): Ec2Error {
  if (error instanceof Ec2Error) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof URIError) return invalidValue(message);
  return /ECONNREFUSED|ECONNRESET|in time|fetch failed/.test(message)
    ? errorOf('Unavailable', `The emulator behind the local EC2 does not answer: ${message}`)
    : errorOf('InternalError', message);
}

/**
 * What a host's agent sees of the world, on one HTTP server: the instance metadata service, Parameter Store and the
 * control plane's agent routes. Strict: a request that is not signed as AWS wants it is refused (checked with another
 * implementation than the agent's), an unknown path is 404, a body that breaks the wire's schema is 400.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  beat,
  manifest as manifestSchema,
  registration,
  report,
  type Assignment,
  type Beat,
  type ContainerSpec,
  type Manifest,
  type Registration,
  type Report,
} from '../../contract/agent-protocol.ts';

export interface HostServices {
  /** Base address, also of the metadata service. */
  readonly url: string;
  readonly host: string;
  readonly registrations: Registration[];
  readonly reports: Report[];
  readonly beats: Beat[];
  /** Requests to the agent routes: `GET manifest 200`. */
  readonly calls: { atMs: number; what: string }[];
  /** Replaces specs and assignments; the generation grows. */
  want(specs: Record<string, ContainerSpec>, assignments: readonly Assignment[]): Manifest;
  /** Changes what is wanted of some tasks. */
  wantOf(wanted: Assignment['wanted'], ...tasks: string[]): void;
  /** Answers of the control plane: as it should, none at all, or refusals. */
  behave(how: 'well' | 'frozen' | 503 | 404 | 'expired'): void;
  /** Hands out new keys; the old ones are refused from now on. */
  rotateKeys(): void;
  setPace(pace: { pollMs: number; beatMs: number }): void;
  /** The instance's tag is not in the metadata yet. */
  hideTag(hidden: boolean): void;
  close(): Promise<void>;
}

/** Has characters that a signer must treat with care, as the local AWS's paths do. */
const STAGE = '/_aws/execute-api/abc123/$default';
const REGION = 'us-east-1';

export async function startHostServices(address = '127.0.0.1', host = 'h-test0001'): Promise<HostServices> {
  let keys = newKeys(1);
  let how: Parameters<HostServices['behave']>[0] = 'well';
  let tagHidden = false;
  let manifest: Manifest = { host, generation: 0, pollMs: 1000, beatMs: 1000, specs: {}, assignments: [] };
  const seen = { registrations: [] as Registration[], reports: [] as Report[], beats: [] as Beat[] };
  const calls: HostServices['calls'] = [];

  const metadata = (path: string): string | undefined =>
    ({
      'meta-data/instance-id': 'i-0123456789abcdef0',
      'meta-data/instance-type': 't3.small',
      'meta-data/local-ipv4': '10.77.0.11',
      'meta-data/placement/availability-zone': 'us-east-1a',
      'meta-data/placement/region': REGION,
      'meta-data/iam/security-credentials/': 'berth-host',
      'meta-data/iam/security-credentials/berth-host': JSON.stringify({
        Code: 'Success',
        AccessKeyId: keys.accessKeyId,
        SecretAccessKey: keys.secretAccessKey,
        Token: keys.sessionToken,
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }),
      ...(tagHidden ? {} : { 'meta-data/tags/instance/berth:host': host }),
    })[path];

  const agentRoute = (request: IncomingMessage, route: string, body: string): Reply => {
    if (how === 'expired') return { status: 403, body: { message: 'The security token has expired' } };
    if (how === 503 || how === 404) return { status: how, body: { message: 'as told' } };
    const pace = { pollMs: manifest.pollMs, beatMs: manifest.beatMs };
    switch (`${request.method ?? ''} ${route}`) {
      case 'POST registration':
        seen.registrations.push(registration.parse(JSON.parse(body)));
        return {
          status: 200,
          body: { ...pace, host, generation: manifest.generation, zone: 'berth.internal' },
        };
      case 'GET manifest':
        if (request.headers['if-none-match'] === `"${manifest.generation}"`) return { status: 304 };
        return { status: 200, body: { ...manifest, someday: 'more' } };
      case 'PUT report':
        seen.reports.push(report.parse(JSON.parse(body)));
        return { status: 200, body: { generation: manifest.generation } };
      case 'POST beat':
        seen.beats.push(beat.parse(JSON.parse(body)));
        return { status: 200, body: { ...pace, generation: manifest.generation, neighbours: [] } };
      default:
        return { status: 404, body: { message: 'no such route' } };
    }
  };

  const answer = async (request: IncomingMessage, body: string): Promise<Reply | undefined> => {
    const path = request.url ?? '';
    if (path === '/latest/api/token' && request.method === 'PUT') return { status: 200, text: 'token-1' };
    if (path.startsWith('/latest/')) {
      if (request.headers['x-aws-ec2-metadata-token'] !== 'token-1') return { status: 401, text: '' };
      const value = metadata(path.slice('/latest/'.length));
      return value === undefined ? { status: 404, text: '' } : { status: 200, text: value };
    }
    if (how === 'frozen') return undefined;
    const service = path === '/' ? 'ssm' : 'execute-api';
    const wrong = await signatureFault(request, body, service, keys);
    if (wrong !== undefined) return { status: 403, body: { message: wrong } };
    if (path === '/') {
      const { Name } = JSON.parse(body) as { Name: string };
      if (Name !== '/berth/test/endpoint') return { status: 400, body: { __type: 'ParameterNotFound' } };
      return { status: 200, body: { Parameter: { Name, Value: `${url}${STAGE}/` } } };
    }
    const prefix = `${STAGE}/v1/agent/hosts/${host}/`;
    if (!path.startsWith(prefix)) return { status: 404, body: { message: `no route ${path}` } };
    const route = path.slice(prefix.length);
    const reply = agentRoute(request, route, body);
    calls.push({ atMs: Date.now(), what: `${request.method ?? ''} ${route} ${reply.status}` });
    return reply;
  };

  const server = createServer((request, response) => {
    void textOf(request)
      .then((body) => answer(request, body))
      .catch((error: unknown): Reply => ({ status: 400, body: { message: String(error) } }))
      .then((reply) => {
        if (reply === undefined) return; // frozen: no answer, ever
        response.writeHead(reply.status, { 'content-type': 'application/json' });
        response.end(reply.text ?? (reply.body === undefined ? undefined : JSON.stringify(reply.body)));
      });
  });
  await listen(server, address);
  const url = `http://${address}:${(server.address() as AddressInfo).port}`;

  return {
    url,
    host,
    ...seen,
    calls,
    want: (specs, assignments) => {
      const next = { ...manifest, generation: manifest.generation + 1, specs, assignments: [...assignments] };
      manifest = manifestSchema.parse(next);
      return manifest;
    },
    wantOf: (wanted, ...tasks) => {
      const assignments = manifest.assignments.map((each) =>
        tasks.includes(each.task) ? { ...each, wanted } : each,
      );
      manifest = { ...manifest, generation: manifest.generation + 1, assignments };
    },
    behave: (next) => (how = next),
    rotateKeys: () => (keys = newKeys(2)),
    setPace: (pace) => (manifest = { ...manifest, ...pace, generation: manifest.generation + 1 }),
    hideTag: (hidden) => (tagHidden = hidden),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Reply {
  readonly status: number;
  readonly body?: object;
  readonly text?: string;
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const newKeys = (round: number): Keys => ({
  accessKeyId: `ASIAROUND${round}`,
  secretAccessKey: `secret/of+round=${round}`,
  sessionToken: `session//token+${round}==`,
});

/** Headers that the library puts in itself. */
const SIGNER_ADDS = ['x-amz-date', 'x-amz-security-token'];

/** Signs the same request again with AWS's own library and compares; undefined when the signature is right. */
async function signatureFault(
  request: IncomingMessage,
  body: string,
  service: string,
  keys: Keys,
): Promise<string | undefined> {
  const given = request.headers.authorization ?? '';
  const names = /SignedHeaders=([^,]+)/.exec(given)?.[1]?.split(';') ?? [];
  for (const needed of ['host', 'x-amz-date', 'x-amz-security-token'])
    if (!names.includes(needed)) return `Missing Authentication Token: ${needed} is not signed`;
  const url = new URL(request.url ?? '/', 'http://x');
  const stamp = String(request.headers['x-amz-date']);
  const when = new Date(stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Math.abs(Date.now() - when.getTime()) > 300_000) return 'Signature expired';
  const signer = new SignatureV4({
    service,
    region: REGION,
    credentials: keys,
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign(
    new HttpRequest({
      method: request.method ?? 'GET',
      protocol: 'http:',
      hostname: 'x',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(
        names
          .filter((name) => !SIGNER_ADDS.includes(name))
          .map((name) => [name, String(request.headers[name])]),
      ),
      body,
    }),
    { signingDate: when },
  );
  return signed.headers.authorization === given
    ? undefined
    : 'The request signature we calculated does not match';
}

async function textOf(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let text = '';
  for await (const part of request) text += part as string;
  return text;
}

const listen = (server: Server, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });

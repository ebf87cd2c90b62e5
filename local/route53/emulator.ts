/**
 * What the gateway asks of the emulator: who may do what, and which zones there are.
 *
 * The emulator checks signature and policies of every request before it looks at it. So a signed request, passed on,
 * gets the verdict for this very caller and action. A ChangeResourceRecordSets would take effect there, though, and
 * may yet be refused here: it is passed on with its body blanked (same length, which is signed too) and the hash of
 * the true body in the header that the signature is computed over. A forged body or signature gives 403; an
 * authorized call gets "Missing or invalid request body", and nothing happens. Should a later emulator compare that
 * header with the blanked body, every change would be refused, loudly: nothing would slip through.
 */
import { createHash } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import {
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import type {
  ListHostedZonesResponse,
  ListResourceRecordSetsResponse,
  ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { policiesOf } from '../ec2/emulator/callers.ts';
import { createEmulatorClient } from '../ec2/emulator/client.ts';
import type { EmulatorClient } from '../ec2/emulator/client.ts';
import { evaluate } from '../ec2/model/checks/policy.ts';
import { Route53Error } from './model/errors.ts';
import type { RecordSet } from './model/records/record-set.ts';
import { RECORD_TYPES } from './model/records/record-set.ts';
import type { NewZone } from './model/route53.ts';
import type { WireReply } from './wire/replies.ts';

/** A request as it came in. */
export interface WireRequest {
  readonly method: string;
  /** With the query, exactly as sent: it is signed. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Emulator {
  /** Passes a request on unchanged. @throws Route53Error ServiceUnavailable when the emulator does not answer. */
  pass(request: WireRequest): Promise<WireReply>;
  /** Passes a request on without effect. `allowed` is false when the emulator refused the caller: `reply` says why. */
  ask(request: WireRequest): Promise<{ readonly allowed: boolean; readonly reply: WireReply }>;
  /** All hosted zones, without their record sets. */
  zones(): Promise<readonly Omit<NewZone, 'sets'>[]>;
  sets(zoneId: string): Promise<readonly RecordSet[]>;
}

/** The emulator's answers, other than 2xx, to a caller whom it let through. */
const ALLOWED_CODES = ['InvalidInput', 'NoSuchChange', 'NoSuchHostedZone'];

/** A frozen emulator must not hold callers for ever. */
const TIMEOUT_MS = 20_000;

/** @param endpoint for example `http://127.0.0.1:4567` */
export function connectEmulator(endpoint: string): Emulator {
  const agent = new Agent({ keepAlive: true });
  // The emulator takes `test` for the account's root user and does not check its signature.
  const root = new Route53Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: { requestTimeout: TIMEOUT_MS },
  });
  const iam = createEmulatorClient({ endpoint, region: 'us-east-1' });
  const pass = (request: WireRequest) => send(new URL(endpoint), agent, request);
  return {
    pass,
    async ask(request) {
      const reply = await pass(withoutEffect(request));
      const code = /<Code>([^<]*)<\/Code>/.exec(reply.body.toString())?.[1] ?? '';
      const allowed =
        reply.status < 300 || ALLOWED_CODES.includes(code) || (await mayGetChange(iam, request, reply));
      return { allowed, reply };
    },
    zones: () => listZones(root),
    sets: (zoneId) => listSets(root, zoneId),
  };
}

/**
 * The emulator judges GetChange for the resource `*`, where AWS has `arn:aws:route53:::change/ID` (Service Authorization
 * Reference): a policy that names changes is refused there. It has checked the signature by then and names the caller,
 * so the caller's own policies decide.
 */
async function mayGetChange(iam: EmulatorClient, request: WireRequest, reply: WireReply): Promise<boolean> {
  const id = /^\/2013-04-01\/change\/([A-Z0-9]+)$/.exec(request.path)?.[1];
  const arn = /User: (\S+) is not authorized to perform: route53:GetChange/.exec(reply.body.toString())?.[1];
  if (request.method !== 'GET' || id === undefined || arn === undefined) return false;
  const check = { action: 'route53:GetChange', resource: `arn:aws:route53:::change/${id}`, context: {} };
  return evaluate(await policiesOf(iam, arn), check) === 'allowed';
}

async function listZones(root: Route53Client): Promise<Omit<NewZone, 'sets'>[]> {
  const zones: Omit<NewZone, 'sets'>[] = [];
  let page: Partial<ListHostedZonesResponse> | undefined;
  do {
    page = await root.send(new ListHostedZonesCommand({ Marker: page?.NextMarker }));
    for (const zone of page.HostedZones ?? [])
      zones.push({
        id: (zone.Id ?? '').replace('/hostedzone/', ''),
        name: zone.Name ?? '',
        callerReference: zone.CallerReference ?? '',
        private: zone.Config?.PrivateZone ?? false,
      });
  } while (page.NextMarker !== undefined);
  return zones;
}

async function listSets(root: Route53Client, zoneId: string): Promise<RecordSet[]> {
  const sets: RecordSet[] = [];
  let page: Partial<ListResourceRecordSetsResponse> | undefined;
  do {
    page = await root.send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: zoneId,
        StartRecordName: page?.NextRecordName,
        StartRecordType: page?.NextRecordType,
      }),
    );
    sets.push(...(page.ResourceRecordSets ?? []).map((set) => plainSet(zoneId, set)));
  } while (page.NextRecordName !== undefined);
  return sets;
}

/** What CloudFormation put into a zone and the model cannot hold (an alias, say) must not vanish silently. */
function plainSet(zoneId: string, set: ResourceRecordSet): RecordSet {
  const type = RECORD_TYPES.find((known) => known === set.Type);
  const values = (set.ResourceRecords ?? []).map((record) => record.Value ?? '');
  if (type === undefined || set.TTL === undefined || values.length === 0)
    throw new Error(`zone ${zoneId} has a record set that the model does not know: ${JSON.stringify(set)}`);
  return { name: set.Name ?? '', type, ttl: set.TTL, values };
}

function withoutEffect(request: WireRequest): WireRequest {
  if (request.method === 'GET') return request;
  const hash = createHash('sha256').update(request.body).digest('hex');
  return {
    ...request,
    headers: { ...request.headers, 'x-amz-content-sha256': hash },
    body: Buffer.alloc(request.body.length, ' '),
  };
}

async function send(endpoint: URL, agent: Agent, request: WireRequest): Promise<WireReply> {
  const { method, path, headers, body } = request;
  const { hostname: host, port } = endpoint;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const outgoing = httpRequest({ host, port, method, path, headers, agent, signal }, resolve);
    outgoing.on('error', (error) =>
      reject(new Route53Error('ServiceUnavailable', `the emulator does not answer: ${error.message}`, 503)),
    );
    outgoing.end(body);
  });
  const chunks = (await answer.toArray()) as Buffer[];
  return { status: answer.statusCode ?? 502, headers: endToEnd(answer.headers), body: Buffer.concat(chunks) };
}

/** The headers that belong to the answer, not to the connection it came by. */
function endToEnd(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(
    ([name]) => !['connection', 'keep-alive', 'transfer-encoding', 'content-length'].includes(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}

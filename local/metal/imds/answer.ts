/**
 * The metadata service, version 2 only, without its wire: a request and who sent it in, a reply out.
 *
 * Rules (EC2 user guide, "Use the Instance Metadata Service to access instance metadata"): a session token comes from
 * `PUT /latest/api/token` with a lifetime of 1 to 21,600 seconds, never through a proxy (X-Forwarded-For), and works
 * for the instance that got it; everything else without a valid one is 401.
 * Fails: when the role cannot be assumed, `security-credentials` says `Code: Failed` as EC2 does; it never throws.
 */
import type { InstanceMetadata, InstanceRole, MetadataSource } from './metadata.ts';
import { listFolder, metadataTree } from './tree.ts';

export interface MetadataRequest {
  /** The IPv4 address that the request came from. */
  readonly source: string;
  readonly method: string;
  /** Path with its leading slash; a query is no part of it. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface MetadataReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
  readonly updated: Date;
}

export interface MetadataServiceOptions {
  readonly source: MetadataSource;
  /** Keys of an instance's role; the session is named after the instance. */
  readonly credentials: (role: InstanceRole, instanceId: string) => Promise<RoleCredentials>;
  /** Milliseconds. */
  readonly now: () => number;
  /** A fresh unguessable token. */
  readonly newToken: () => string;
}

const MAX_TTL_S = 21_600;
/** Sessions of one instance; a program that asks for a new one each time must not fill the memory. */
const MAX_SESSIONS = 10_000;
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const CREDENTIALS = 'meta-data/iam/security-credentials';

interface Session {
  readonly instanceId: string;
  readonly expires: number;
}

/** Makes a metadata service. What it returns answers one request. */
export function createMetadataService(
  options: MetadataServiceOptions,
): (request: MetadataRequest) => Promise<MetadataReply> {
  const sessions = new Map<string, Session>();

  const openSession = (request: MetadataRequest, instance: InstanceMetadata): MetadataReply => {
    if (request.headers['x-forwarded-for'] !== undefined) return reply(403, 'Forbidden');
    const ttl = request.headers[TTL_HEADER] ?? '';
    if (!/^\d{1,5}$/.test(ttl) || Number(ttl) < 1 || Number(ttl) > MAX_TTL_S)
      return reply(400, 'Bad Request');
    const oldest = sessions.size >= MAX_SESSIONS ? sessions.keys().next().value : undefined;
    if (oldest !== undefined) sessions.delete(oldest);
    const token = options.newToken();
    sessions.set(token, { instanceId: instance.instanceId, expires: options.now() + Number(ttl) * 1000 });
    return { ...reply(200, token), headers: { 'content-type': 'text/plain', [TTL_HEADER]: ttl } };
  };

  const hasSession = (request: MetadataRequest, instance: InstanceMetadata): boolean => {
    const session = sessions.get(request.headers['x-aws-ec2-metadata-token'] ?? '');
    return (
      session !== undefined && session.instanceId === instance.instanceId && session.expires > options.now()
    );
  };

  return async (request) => {
    const instance = options.source.describe(request.source);
    if (instance === undefined) return reply(404, 'Not Found');
    const path = request.path.replace(/^\/+|\/+$/g, '').replace(/^latest\/?/, '');
    if (request.method === 'PUT')
      return path === 'api/token' ? openSession(request, instance) : reply(405, 'Method Not Allowed');
    if (request.method !== 'GET' && request.method !== 'HEAD') return reply(405, 'Method Not Allowed');
    if (!hasSession(request, instance)) return reply(401, 'Unauthorized');
    const text = await read(path, instance, options);
    return text === undefined ? reply(404, 'Not Found') : reply(200, text);
  };
}

async function read(
  path: string,
  instance: InstanceMetadata,
  options: MetadataServiceOptions,
): Promise<string | undefined> {
  const { role } = instance;
  const tree = metadataTree(instance);
  if (role !== undefined && path === `${CREDENTIALS}/${role.name}`)
    return readCredentials(role, instance, options);
  const paths = [...tree.keys(), ...(role ? [`${CREDENTIALS}/${role.name}`] : [])];
  return tree.get(path) ?? listFolder(paths, path);
}

async function readCredentials(
  role: InstanceRole,
  instance: InstanceMetadata,
  options: MetadataServiceOptions,
): Promise<string> {
  try {
    const keys = await options.credentials(role, instance.instanceId);
    return JSON.stringify({
      Code: 'Success',
      LastUpdated: toSeconds(keys.updated),
      Type: 'AWS-HMAC',
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      Token: keys.sessionToken,
      Expiration: toSeconds(keys.expiration),
    });
  } catch (error) {
    return JSON.stringify({
      Code: 'Failed',
      Message: `role ${role.arn} could not be assumed: ${error instanceof Error ? error.message : String(error)}`,
      LastUpdated: toSeconds(new Date(options.now())),
    });
  }
}

const toSeconds = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');
const reply = (status: number, body: string): MetadataReply => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body,
});

/** The emulator by itself, for contract tests: on a free port of loopback, with signatures and policies checked. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { waitUntil } from '../../local/wait-until.ts';

export interface Ministack {
  readonly endpoint: string;
  readonly pid: number;
  /** Calls an action of a Query service (IAM, STS, CloudFormation) as root. Resolves with the XML. */
  query(service: string, params: Readonly<Record<string, string>>): Promise<string>;
  /** A new IAM user that may do what the policy says. */
  user(name: string, statements: readonly object[]): Promise<Credentials>;
  stop(): Promise<void>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const PROJECT = join(import.meta.dirname, '../..');

/** @throws Error when it does not answer in time; `npm start` or `npm test` installs it. */
export async function startMinistack(): Promise<Ministack> {
  const port = await freePort();
  const home = await mkdtemp(join(tmpdir(), 'berth-ministack-'));
  const python = join(PROJECT, '.berth/python/bin/python');
  const child = spawn(python, ['-m', 'ministack'], {
    stdio: 'ignore',
    cwd: home,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      TMPDIR: home,
      S3_DATA_DIR: join(home, 's3'),
      STATE_DIR: join(home, 'state'),
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      AUTH: 'true',
      SFTP_ENABLED: '0',
      IOT_MTLS_ENABLED: '0',
    },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const query = (service: string, params: Readonly<Record<string, string>>) =>
    callQuery(endpoint, service, params);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(home, { recursive: true, force: true });
  };
  child.on('error', () => undefined);
  try {
    await waitUntil(async () => (await answers(endpoint)) || undefined, {
      what: `${python} -m ministack`,
      timeoutMs: 30_000,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint,
    pid: child.pid ?? 0,
    query,
    user: (name, statements) => addUser(query, name, statements),
    stop,
  };
}

async function addUser(
  query: Ministack['query'],
  name: string,
  statements: readonly object[],
): Promise<Credentials> {
  const document = { Version: '2012-10-17', Statement: statements };
  await query('iam', { Action: 'CreateUser', UserName: name });
  const policy = { PolicyName: 'may', PolicyDocument: JSON.stringify(document) };
  await query('iam', { Action: 'PutUserPolicy', UserName: name, ...policy });
  const key = await query('iam', { Action: 'CreateAccessKey', UserName: name });
  const field = (tag: string) => new RegExp(`<${tag}>([^<]+)<`).exec(key)?.[1] ?? '';
  return { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey') };
}

async function callQuery(
  endpoint: string,
  service: string,
  params: Readonly<Record<string, string>>,
): Promise<string> {
  const scope = `Credential=test/20260101/us-east-1/${service}/aws4_request`;
  const response = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams(params).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
    },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${params['Action'] ?? ''}: ${text}`);
  return text;
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/_ministack/ready`)).ok;
  } catch {
    return false;
  }
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Calls to the emulator as the account's root user: JSON and Query protocols, signed like any other call.
 *
 * Not the SDK's clients: four of the five services that are asked here have no client among Berth's packages.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { HttpRequest } from '@smithy/protocol-http';
import { XMLParser } from 'fast-xml-parser';
import { ROOT_KEYS } from '../../emulator/account.ts';

export interface EmulatorOptions {
  /** For example `http://127.0.0.1:4567`. */
  readonly endpoint: string;
  readonly region: string;
}

export interface EmulatorClient {
  /** AWS JSON 1.1, for example `json('events', 'AWSEvents.ListRules', {})`. */
  json(service: string, target: string, input: object): Promise<unknown>;
  /** AWS Query: the content of `<ActionResult>`, every `member` list an array, every value a string. */
  query(service: string, version: string, parameters: Readonly<Record<string, string>>): Promise<unknown>;
  /** Anything else; the body of a 2xx answer. */
  post(
    service: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<string>;
}

/** The emulator refused a call of ours. */
export class EmulatorError extends Error {
  readonly status: number;

  constructor(service: string, status: number, body: string) {
    super(`the emulator's ${service} answered ${status}: ${body.slice(0, 500)}`);
    this.name = 'EmulatorError';
    this.status = status;
  }
}

/** Where all processors are taken an emulator answers late; after that it hangs. */
const TIMEOUT_MS = 30_000;

export function createEmulatorClient({ endpoint, region }: EmulatorOptions): EmulatorClient {
  const url = new URL(endpoint);
  const post: EmulatorClient['post'] = async (service, path, headers, body) => {
    const signer = new SignatureV4({ credentials: ROOT_KEYS, region, service, sha256: Sha256 });
    const request = new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path,
      headers: { host: url.host, ...headers },
      body,
    });
    const { headers: signed } = await signer.sign(request);
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: signed,
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new EmulatorError(service, response.status, text);
    return text;
  };
  return {
    post,
    async json(service, target, input) {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
      return JSON.parse(await post(service, '/', headers, JSON.stringify(input))) as unknown;
    },
    async query(service, version, parameters) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = new URLSearchParams({ ...parameters, Version: version }).toString();
      const parsed = parser.parse(await post(service, '/', headers, body)) as Record<
        string,
        Record<string, unknown>
      >;
      const action = parameters['Action'] ?? '';
      return parsed[`${action}Response`]?.[`${action}Result`];
    },
  };
}

const parser = new XMLParser({
  ignoreDeclaration: true,
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (name) => name === 'member',
});

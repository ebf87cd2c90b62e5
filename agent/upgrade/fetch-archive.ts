/**
 * Fetches a version of the agent from S3 with the host role's own keys, as the host's first boot did, straight into a
 * file, and checks its digest.
 *
 * S3 is found as every AWS SDK finds it: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or the region's own address.
 * Fails: rejects with `WrongArchive` when the bytes are others than promised; the caller removes the file.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { Credentials } from '../control-plane/credentials.ts';
import { signedHeaders } from '../control-plane/sign.ts';
import type { FetchArchive } from './home.ts';
import { WrongArchive } from './upgrades.ts';

export interface FetchOptions {
  readonly region: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly credentials: Credentials;
  readonly now: () => number;
}

/** 46 MB, and a host whose network is busy pulling images. */
const TIMEOUT_MS = 300_000;
const ARCHIVE_MAX_BYTES = 512 * 1024 * 1024;
/** Of a request without a body. */
const EMPTY_SHA256 = createHash('sha256').update('').digest('hex');

export function createArchiveFetch(options: FetchOptions): FetchArchive {
  return async ({ bucket, key, sha256 }, file) => {
    const url = new URL(`${s3Url(options)}/${bucket}/${key}`);
    const headers = signedHeaders({
      method: 'GET',
      url,
      headers: { 'x-amz-content-sha256': EMPTY_SHA256 },
      body: '',
      service: 's3',
      region: options.region,
      keys: await options.credentials.get(),
      nowMs: options.now(),
    });
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const reply = await get(url, headers, signal);
    if (reply.statusCode !== 200) {
      if (reply.statusCode === 403) options.credentials.distrust();
      reply.destroy();
      throw new Error(`S3 answered ${reply.statusCode ?? 0} for ${bucket}/${key}`);
    }
    const hash = createHash('sha256');
    await pipeline(
      reply,
      (source: AsyncIterable<Buffer>) => digested(source, hash),
      createWriteStream(file),
      {
        signal,
      },
    );
    const found = hash.digest('hex');
    if (found !== sha256)
      throw new WrongArchive(`${bucket}/${key} has the digest ${found}, not ${sha256} as published`);
  };
}

async function* digested(source: AsyncIterable<Buffer>, hash: { update(part: Buffer): unknown }) {
  let bytes = 0;
  for await (const part of source) {
    bytes += part.length;
    if (bytes > ARCHIVE_MAX_BYTES) throw new WrongArchive(`it is larger than ${ARCHIVE_MAX_BYTES} bytes`);
    hash.update(part);
    yield part;
  }
}

function get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    send(url, { headers, signal }, resolve).on('error', reject).end();
  });
}

function s3Url({ region, environment }: FetchOptions): string {
  const own = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return (own || `https://s3.${region}.${domain}`).replace(/\/+$/, '');
}

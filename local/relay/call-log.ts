/** Who called which API Gateway API: the emulator's CloudTrail does not record those, so the relay does. */
import type { IncomingMessage } from 'node:http';

export interface ApiCall {
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  /** Path without the query, which may hold a presigned signature. */
  readonly path: string;
  /** From the signature's credential scope; undefined for an unsigned call. */
  readonly accessKeyId: string | undefined;
  /** 101 for a WebSocket that was opened. */
  readonly status: number;
}

const KEPT = 10_000;
const PREFIX = '/_aws/execute-api/';

/** The access key id that a request is signed with: in `Authorization`, or in the query when presigned. */
export function accessKeyIdOf(authorization: string | undefined, query: URLSearchParams): string | undefined {
  const scope = /Credential=([^,\s]+)/.exec(authorization ?? '')?.[1] ?? query.get('X-Amz-Credential');
  return scope?.split('/')[0] || undefined;
}

export function createCallLog() {
  const kept: ApiCall[] = [];
  return {
    calls: (): readonly ApiCall[] => [...kept],
    /** Notes that a call came in. What it returns notes how it was answered (once). */
    begin(request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): (status: number) => void {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (!url.pathname.startsWith(PREFIX)) return () => undefined;
      const call = {
        time: new Date().toISOString(),
        method: request.method ?? '',
        path: url.pathname,
        accessKeyId: accessKeyIdOf(request.headers.authorization, url.searchParams),
      };
      let noted = false;
      return (status) => {
        if (noted) return;
        noted = true;
        kept.push({ ...call, status });
        if (kept.length > KEPT) kept.shift();
      };
    },
  };
}

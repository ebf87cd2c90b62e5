/**
 * Asks a container once for its metrics: one GET over HTTP/1.1 at its own address, by a deadline, of a body that is
 * bounded and not kept. Redirects and encodings are not followed.
 */
import { request } from 'node:http';
import { sumSeries } from './prometheus.ts';

export const SCRAPE = { timeoutMs: 2000, bodyMax: 1024 * 1024, headMax: 16 * 1024 } as const;

export interface ScrapeTarget {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly names: readonly string[];
}

/** Sums by name; rejects with the reason when the container does not tell. */
export type Scrape = (target: ScrapeTarget) => Promise<Readonly<Record<string, number>>>;

export const scrape: Scrape = ({ address, port, path, names }) =>
  new Promise((resolve, reject) => {
    const sent = request({
      host: address,
      port,
      path,
      agent: false,
      maxHeaderSize: SCRAPE.headMax,
      headers: {
        host: 'localhost',
        'user-agent': 'berth-metrics',
        accept: 'text/plain;version=0.0.4',
        'accept-encoding': 'identity',
        connection: 'close',
      },
    });
    const fail = (why: string): void => {
      reject(new Error(why));
      sent.destroy();
    };
    const timer = setTimeout(() => fail(`no whole answer within ${SCRAPE.timeoutMs} ms`), SCRAPE.timeoutMs);
    sent.on('close', () => clearTimeout(timer));
    sent.on('error', reject);
    sent.on('response', (reply) => {
      reply.on('error', reject);
      if (reply.statusCode !== 200) {
        fail(`answered with status ${reply.statusCode ?? 0}`);
        return;
      }
      const sums = sumSeries(names);
      let read = 0;
      reply.on('data', (part: Buffer) => {
        read += part.length;
        try {
          if (read > SCRAPE.bodyMax) throw new Error(`more than ${SCRAPE.bodyMax} bytes`);
          sums.take(part);
        } catch (error) {
          fail(error instanceof Error ? error.message : String(error));
        }
      });
      reply.on('end', () => resolve(sums.end()));
      reply.on('close', () => reject(new Error('the answer broke off')));
    });
    sent.end();
  });

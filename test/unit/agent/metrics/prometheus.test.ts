/** Prometheus' text format, well made and hostile, and the one who asks for it over HTTP. */
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LINE_MAX, seriesValue, sumSeries } from '../../../../agent/metrics/prometheus.ts';
import { scrape, SCRAPE } from '../../../../agent/metrics/scrape.ts';

const sums = (text: string, ...names: string[]): Record<string, number> => {
  const reader = sumSeries(names);
  reader.take(Buffer.from(text));
  return reader.end();
};

const TEXT = `# HELP jobs_waiting Jobs that wait.
# TYPE jobs_waiting gauge
jobs_waiting{queue="mail",host="a}b"} 3 1395066363000
jobs_waiting{queue="say \\"hi\\" {}"}\t4.5
jobs_waiting_total 100
jobs_waiting{queue="broken"} NaN
jobs_waiting{queue="endless"} +Inf
up 1
ratio{le="+Inf",} -.5e1 # {trace_id="x"} 0.67
nothing{a="b"} NaN
`;

describe('the sum of a metric’s series', () => {
  it('is over all label sets, without what is no finite number', () => {
    expect(sums(TEXT, 'jobs_waiting', 'up', 'ratio', 'nothing', 'absent')).toEqual({
      jobs_waiting: 7.5,
      up: 1,
      ratio: -5,
    });
  });

  it.each([
    [' 1', 1],
    ['{} 1', 1],
    ['{a="\\\\"} 2', 2],
    ['\t+3e2 \r', 300],
    ['', undefined],
    ['x 1', undefined],
    ['{a="b" 1', undefined],
    ['{a="}" 1', undefined],
    [' 0x10', undefined],
    [' 1_000', undefined],
    [' 1e99999', undefined],
    [` ${'9'.repeat(400)}`, undefined],
    [' ', undefined],
  ])('behind a name, %j is %p', (text, value) => expect(seriesValue(text)).toBe(value));

  it('is the same however the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: TEXT.length }), { maxLength: 6 }), (cuts) => {
        const reader = sumSeries(['jobs_waiting', 'ratio']);
        const at = [0, ...cuts.sort((a, b) => a - b), TEXT.length];
        for (const [index, end] of at.slice(1).entries())
          reader.take(Buffer.from(TEXT.slice(at[index], end)));
        expect(reader.end()).toEqual({ jobs_waiting: 7.5, ratio: -5 });
      }),
    );
  });

  it('is of the numbers that were written, whatever the labels', () => {
    const label = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text));
    const series = fc.tuple(label, fc.integer({ min: -1000, max: 1000 }));
    fc.assert(
      fc.property(fc.array(series, { minLength: 1, maxLength: 20 }), (all) => {
        const text = all.map(([words, value]) => `m{l=${words}} ${value}\n`).join('');
        expect(sums(text, 'm')).toEqual({ m: all.reduce((sum, [, value]) => sum + value, 0) });
      }),
    );
  });

  it('is none when a line has no end', () => {
    const reader = sumSeries(['m']);
    expect(() => {
      for (let count = 0; count <= LINE_MAX; count += 1000) reader.take(Buffer.alloc(1000, 'm'));
    }).toThrow('a line of more than');
  });

  it.each([
    ['line ends', '\n'],
    ['open quotes', 'm{a="\n'],
    ['backslashes', `m{a="${'\\'.repeat(1000)}\n`],
    ['digits', `m ${'1'.repeat(1000)}\n`],
    ['blanks', `m ${' '.repeat(1000)}x\n`],
    ['braces', `m${'{'.repeat(1000)}\n`],
  ])('of a body of nothing but %s takes no long time', (_, piece) => {
    const body = piece.repeat(Math.ceil(SCRAPE.bodyMax / piece.length));
    const before = process.cpuUsage();
    expect(sums(body, 'm', 'n', 'o', 'p')).toEqual({});
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(2_000_000); // microseconds of this process, however busy the machine is
  });
});

describe('asking for metrics', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const ask = async (answer: RequestListener): Promise<Readonly<Record<string, number>>> => {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return scrape({ address: '127.0.0.1', port, path: '/metrics', names: ['m'] });
  };

  it('resolves with the sums, and asks for plain text', async () => {
    const asked: unknown[] = [];
    const found = await ask(({ url, headers }, reply) => {
      asked.push(url, headers['accept-encoding'], headers.accept);
      reply.end('m 1\nm{a="b"} 2');
    });
    expect(found).toEqual({ m: 3 });
    expect(asked).toEqual(['/metrics', 'identity', 'text/plain;version=0.0.4']);
  });

  it('follows nobody, and believes no error page', async () => {
    const away: RequestListener = (_, reply) => reply.writeHead(302, { location: '/other' }).end('m 1');
    await expect(ask(away)).rejects.toThrow('status 302');
    await expect(ask((_, reply) => reply.writeHead(500).end('m 1'))).rejects.toThrow('status 500');
  });

  it('ends at a megabyte', async () => {
    const endless: RequestListener = (_, reply) => {
      const more = (): void => {
        while (!reply.destroyed && reply.write('m 1\n'.repeat(1000)));
      };
      reply.on('drain', more);
      more();
    };
    await expect(ask(endless)).rejects.toThrow(/more than 1048576 bytes|no whole answer within/);
  });

  it('ends with its time, however slowly the body drips', async () => {
    const began = performance.now();
    const drips: RequestListener = (_, reply) => {
      const timer = setInterval(() => reply.write('m 1\n'), 50);
      reply.on('close', () => clearInterval(timer));
    };
    await expect(ask(drips)).rejects.toThrow('no whole answer within');
    expect(performance.now() - began).toBeLessThan(SCRAPE.timeoutMs + 1500);
  });

  it('rejects when the answer breaks off, when there are too many heads, and when nobody listens', async () => {
    await expect(
      ask((_, reply) => {
        reply.writeHead(200, { 'content-length': '100' });
        reply.write('m 1\n');
        setTimeout(() => reply.destroy(), 20);
      }),
    ).rejects.toThrow();
    await expect(
      ask((_, reply) => reply.writeHead(200, { x: 'y'.repeat(20_000) }).end('m 1')),
    ).rejects.toThrow();
    await expect(scrape({ address: '127.0.0.1', port: 1, path: '/', names: ['m'] })).rejects.toThrow();
  });
});

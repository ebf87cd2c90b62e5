/** The name server over real sockets of loopback, asked by `dig`. */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Packet } from 'dns2';
import * as fc from 'fast-check';
import type { DnsServer } from '../../../../local/dns/dns.ts';
import { startDns } from '../../../../local/dns/dns.ts';
import { createRoute53Model } from '../../../../local/route53/model/route53.ts';
import { freePort } from '../../../support/ministack.ts';
import { SHOP, zoneOf } from './zone-for-tests.ts';

// Many processes of dig, on a machine that may be busy with other suites.
jest.setTimeout(30_000);

const run = promisify(execFile);
const BIG = zoneOf(
  'big.internal.',
  'big.internal. 10 SOA a. b. 1 7200 900 1209600 10',
  `srv32.big.internal. 10 SRV ${Array.from({ length: 32 }, (_, i) => `1 10 ${20_000 + i} h-${i}.big.internal.`).join(' | ')}`,
  `srv400.big.internal. 10 SRV ${Array.from({ length: 400 }, (_, i) => `1 10 ${20_000 + i} h-${i}.big.internal.`).join(' | ')}`,
  ...Array.from({ length: 32 }, (_, i) => `h-${i}.big.internal. 10 A 10.77.1.${i + 1}`),
);

let server: DnsServer;
let port: number;

beforeAll(async () => {
  port = await freePort();
  server = await startDns({ addresses: [{ address: '127.0.0.1', port }], zones: () => [SHOP, BIG] });
});
afterAll(() => server.close());

async function dig(...args: string[]): Promise<string> {
  const options = ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=10', '+norecurse', ...args];
  return (await run('dig', options)).stdout;
}
const short = async (...args: string[]) => (await dig('+short', ...args)).trim().split('\n').toSorted();
const lastLog = () => server.log().at(-1)!;

describe('dig', () => {
  it('gets SRV with the addresses of the targets', async () => {
    const text = await dig('_http._tcp.web.shop.internal', 'SRV');
    expect(text).toContain('status: NOERROR');
    expect(text).toMatch(/flags: qr aa;/);
    expect(text).toMatch(/ANSWER: 3, AUTHORITY: 0, ADDITIONAL: 4/);
    expect(text).toMatch(
      /_http\._tcp\.web\.shop\.internal\.\s+10\s+IN\s+SRV\s+1 10 20001 h-a\.shop\.internal\./,
    );
    expect(text).toMatch(/h-b\.shop\.internal\.\s+10\s+IN\s+AAAA\s+2001:db8::12/i);
    expect(lastLog()).toMatchObject({ name: '_http._tcp.web.shop.internal.', type: 'SRV', code: 'NOERROR' });
    expect(lastLog().answers).toHaveLength(3);
  });

  it.each([
    ['A', 'web.shop.internal', ['10.77.0.11', '10.77.0.12']],
    ['A', 'WEB.Shop.INTERNAL', ['10.77.0.11', '10.77.0.12']],
    ['AAAA', 'h-b.shop.internal', ['2001:db8::12']],
    ['TXT', 'plan.shop.internal', ['"plan=42"', '"two \\"strings\\"" "here"']],
    ['CNAME', 'www.shop.internal', ['web.shop.internal.']],
    ['A', 'www.shop.internal', ['10.77.0.11', '10.77.0.12', 'web.shop.internal.']],
    ['NS', 'shop.internal', ['ns-1.awsdns-1.com.', 'ns-2.awsdns-2.net.']],
    ['SOA', 'shop.internal', ['ns-1.awsdns-1.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 10']],
    ['A', 'any.wild.shop.internal', ['10.77.0.99']],
    ['A', '*.wild.shop.internal', ['10.77.0.99']],
  ])('gets %s of %s over UDP and TCP', async (type, name, expected) => {
    expect(await short(name, type)).toEqual(expected);
    expect(await short('+tcp', name, type)).toEqual(expected);
  });

  it('gets NXDOMAIN and NODATA with the SOA and the time for which they may be kept', async () => {
    const soa = /shop\.internal\.\s+10\s+IN\s+SOA/;
    const missing = await dig('nothing.shop.internal');
    expect(missing).toContain('status: NXDOMAIN');
    expect(missing).toMatch(soa);
    const empty = await dig('_tcp.web.shop.internal', 'SRV');
    expect(empty).toContain('status: NOERROR');
    expect(empty).toMatch(/ANSWER: 0, AUTHORITY: 1/);
    expect(empty).toMatch(soa);
  });

  it('is refused at once outside the zones', async () => {
    const begun = performance.now();
    expect(await dig('registry-1.docker.io')).toContain('status: REFUSED');
    expect(await dig('.', 'NS')).toContain('status: REFUSED');
    expect(await dig('shop.internal', 'A', '-c', 'CH')).toContain('status: REFUSED');
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('sees the values rotate', async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 4; i += 1) seen.add((await dig('+short', 'web.shop.internal')).split('\n')[0]!);
    expect(seen.size).toBe(2);
  });

  it('gets 32 SRV with all addresses in one datagram', async () => {
    const text = await dig('+bufsize=4096', '+ignore', 'srv32.big.internal', 'SRV');
    expect(text).toMatch(/ANSWER: 32, AUTHORITY: 0, ADDITIONAL: 33/);
    expect(text).not.toMatch(/flags:[^;]* tc/);
    expect(Number(/MSG SIZE\s+rcvd: (\d+)/.exec(text)![1])).toBeLessThan(2000);
  });

  it('loses the additional section first when the datagram is small, without truncation', async () => {
    const text = await dig('+bufsize=1232', '+ignore', 'srv32.big.internal', 'SRV');
    expect(text).toMatch(/ANSWER: 32, AUTHORITY: 0, ADDITIONAL: 1\n/);
    expect(text).not.toMatch(/flags:[^;]* tc/);
  });

  it('is told to come again over TCP when even the answer does not fit', async () => {
    const text = await dig('+noedns', '+ignore', 'srv32.big.internal', 'SRV');
    expect(text).toMatch(/flags: qr aa tc;.*ANSWER: 0/);
    expect(await dig('+bufsize=4096', '+ignore', 'srv400.big.internal', 'SRV')).toMatch(/flags: qr aa tc;/);
    expect(await short('srv400.big.internal', 'SRV')).toHaveLength(400);
  });

  it('gets the usual answer with options, unknown types and a transfer refused', async () => {
    expect(await dig('+nsid', '+subnet=10.0.0.0/24', 'h-a.shop.internal')).toContain('10.77.0.11');
    expect(await dig('shop.internal', 'TYPE65')).toMatch(/status: NOERROR.*[^]*ANSWER: 0/);
    expect(await dig('+tcp', 'shop.internal', 'AXFR')).toContain('Transfer failed');
    expect(await dig('+opcode=NOTIFY', 'shop.internal')).toContain('status: NOTIMP');
  });
});

describe('packets', () => {
  async function sendUdp(bytes: Buffer, waitMs = 10_000): Promise<Packet | undefined> {
    const socket = createSocket('udp4');
    try {
      const answered = once(socket, 'message', { signal: AbortSignal.timeout(waitMs) });
      socket.send(bytes, port, '127.0.0.1');
      return Packet.parse((await answered)[0] as Buffer);
    } catch {
      return undefined;
    } finally {
      socket.close();
    }
  }
  const query = (change: (bytes: Buffer) => void) => {
    const packet = new Packet();
    packet.header = new Packet.Header({ id: 7 });
    packet.questions.push(new Packet.Question('h-a.shop.internal', Packet.TYPE.A, Packet.CLASS.IN));
    const bytes = packet.toBuffer();
    change(bytes);
    return bytes;
  };

  it('that are no queries get no reply, malformed ones FORMERR', async () => {
    expect((await sendUdp(query(() => undefined)))?.answers[0]?.address).toBe('10.77.0.11');
    expect(
      await sendUdp(
        query((bytes) => bytes.writeUInt8(0x80, 2)),
        300,
      ),
    ).toBeUndefined();
    expect(await sendUdp(Buffer.from('hello'), 300)).toBeUndefined();
    expect((await sendUdp(query((bytes) => bytes.writeUInt16BE(0, 4))))?.header.rcode).toBe(1);
    expect((await sendUdp(query((bytes) => bytes.writeUInt16BE(2, 4)).subarray(0, 20)))?.header.rcode).toBe(
      1,
    );
    expect((await sendUdp(query(() => undefined)))?.answers).toHaveLength(1);
  });

  it('that promise thousands of records are refused at once: their parsing would take seconds', async () => {
    const begun = performance.now();
    const promise = Buffer.from('75837c98b2b3ca7037d77731', 'hex').fill(0xff, 4);
    promise.writeUInt8(0, 2);
    for (let i = 0; i < 20; i += 1) expect((await sendUdp(promise))?.header.rcode).toBe(1);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('of any bytes neither stop the server nor hold it up', async () => {
    const socket = createSocket('udp4');
    const begun = performance.now();
    const junk = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 80 }), { numRuns: 1000, seed: 53 });
    const almost = fc
      .sample(fc.tuple(fc.nat(34), fc.nat(255)), { numRuns: 1000, seed: 54 })
      .map(([at, byte]) => query((bytes) => bytes.writeUInt8(byte, at)));
    try {
      for (const [index, bytes] of [...junk, ...almost].entries()) {
        socket.send(bytes, port, '127.0.0.1');
        // The socket's buffer holds a few hundred datagrams, and drops what does not fit.
        if (index % 50 === 0) await sleep(5);
      }
      await sleep(50);
      expect(await short('h-a.shop.internal')).toEqual(['10.77.0.11']);
    } finally {
      socket.close();
    }
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(server.log().filter((entry) => entry.code === 'SERVFAIL')).toEqual([]);
  });

  it('follow each other on one TCP connection', async () => {
    const socket = connect(port, '127.0.0.1');
    const bytes = query(() => undefined);
    const framed = Buffer.concat([Buffer.from([0, bytes.length]), bytes]);
    socket.end(Buffer.concat([framed, framed, framed]));
    const received = Buffer.concat((await socket.toArray()) as Buffer[]);
    expect(received.length % 3).toBe(0);
    expect(Packet.parse(received.subarray(2, received.length / 3)).answers[0]?.address).toBe('10.77.0.11');
  });
});

describe('the server', () => {
  it('says which address is taken, and leaves nothing open', async () => {
    const free = await freePort();
    const addresses = [free, port].map((one) => ({ address: '127.0.0.1', port: one }));
    await expect(startDns({ addresses, zones: () => [] })).rejects.toThrow(/EADDRINUSE/);
    const again = await startDns({ addresses: addresses.slice(0, 1), zones: () => [] });
    await again.close();
  });

  it('answers SERVFAIL, and says why in the log, when the zones cannot be had', async () => {
    const addresses = [{ address: '127.0.0.1', port: await freePort() }];
    const broken = await startDns({
      addresses,
      zones: () => {
        throw new Error('no zones');
      },
    });
    const { stdout } = await run('dig', [
      '@127.0.0.1',
      '-p',
      String(addresses[0]!.port),
      '+tries=1',
      'a.internal',
    ]);
    expect(stdout).toContain('status: SERVFAIL');
    expect(broken.log()).toMatchObject([{ code: 'SERVFAIL', answers: ['Error: no zones'] }]);
    await broken.close();
  });

  it('serves what the Route 53 model has INSYNC, from that moment on', async () => {
    const clock = { nowMs: 0 };
    const model = createRoute53Model({ now: () => clock.nowMs });
    model.addZone({ id: 'Z1', name: 'live.internal' });
    const addresses = [{ address: '127.0.0.1', port: await freePort() }];
    const live = await startDns({ addresses, zones: () => model.served(), now: () => clock.nowMs });
    const ask = async () => {
      const args = ['@127.0.0.1', '-p', String(addresses[0]!.port), '+tries=1', '+short', 'A.live.internal'];
      return (await run('dig', args)).stdout.trim();
    };
    const set = { name: 'a.live.internal', type: 'A', ttl: 10, values: ['10.77.0.11'] } as const;
    model.changeResourceRecordSets({ zoneId: 'Z1', changes: [{ action: 'CREATE', set }] });
    clock.nowMs = 1999;
    expect(await ask()).toBe('');
    clock.nowMs = 2000;
    expect(await ask()).toBe('10.77.0.11');
    expect(live.log().map(({ atMs, code }) => [atMs, code])).toEqual([
      [1999, 'NXDOMAIN'],
      [2000, 'NOERROR'],
    ]);
    await live.close();
  });
});

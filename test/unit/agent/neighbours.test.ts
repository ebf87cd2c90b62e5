import { createConnection, createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { isNews } from '../../../agent/loops/beat.ts';
import { createNeighbourNet } from '../../../agent/neighbours/neighbour-net.ts';
import { agentWorld, type AgentWorld } from '../../support/agent-world.ts';

const LOOPBACK = '127.0.0.1';
const A = { host: 'h-neighbour1', address: '10.0.0.2' };
const B = { host: 'h-neighbour2', address: '10.0.0.3' };

describe('beats', () => {
  /** An agent that has been told its neighbours, all of which answer. */
  async function watching(beatMs: number): Promise<AgentWorld> {
    const world = agentWorld();
    for (const { host, address } of [A, B]) world.setNeighbour(address, `${host} boot-1`);
    world.setPace({ beatMs, neighbours: [A, B] });
    world.boot();
    await world.clock.advance(beatMs * 2 + 1000);
    expect(world.beats.at(-1)).toMatchObject({ silent: [], answering: [A.host, B.host] });
    return world;
  }
  const gapsOf = (world: AgentWorld) =>
    world.beats.slice(1).map((beat, index) => beat.atMs - world.beats[index]!.atMs);

  it('come at the pace of the replies, each with a higher number', async () => {
    const world = await watching(60_000);
    await world.clock.advance(600_000);
    expect(world.beats.length).toBe(13);
    for (const gap of gapsOf(world)) expect(Math.abs(gap - 60_000)).toBeLessThan(100);
    const seqs = world.beats.map((beat) => beat.seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  });

  it('slow down with a beat’s own reply only, whatever pace a manifest names: the lease knows no other', async () => {
    const world = await watching(1000);
    world.setPace({ beatMs: 2000 });
    world.want({}, []); // with the world's own, slower pace
    const before = world.beats.length;
    await world.clock.advance(1500);
    expect(world.beats.length).toBeGreaterThan(before);
    await world.clock.advance(20_000);
    expect(
      gapsOf(world)
        .slice(before)
        .every((gap) => gap < 2100),
    ).toBe(true);
  });

  it('tell of a silent neighbour within seconds, and of its return', async () => {
    const world = await watching(60_000);
    await world.clock.advance(20_000);
    const cutMs = world.clock.now();
    world.setNeighbour(A.address, undefined);
    await world.clock.advance(17_000);
    expect(world.beats.at(-1)).toMatchObject({ silent: [A.host], answering: [B.host] });
    expect(world.beats.at(-1)!.atMs - cutMs).toBeLessThan(16_000);
    world.setNeighbour(A.address, `${A.host} boot-2`);
    await world.clock.advance(7000);
    expect(world.beats.at(-1)).toMatchObject({ silent: [], answering: [A.host, B.host] });
    expect(world.log.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['neighbour-silent', 'neighbour-back']),
    );
  });

  it('are few, however often a neighbour comes and goes', async () => {
    const world = await watching(60_000);
    const before = world.beats.length;
    for (let round = 0; round < 30; round += 1) {
      world.setNeighbour(A.address, undefined);
      await world.clock.advance(18_000);
      world.setNeighbour(A.address, `${A.host} boot-1`);
      await world.clock.advance(6000);
    }
    const seconds = 30 * 24;
    expect(world.beats.length - before).toBeGreaterThan(seconds / 60);
    expect(world.beats.length - before).toBeLessThanOrEqual(seconds / 15 + 2);
  });

  it('do not call a neighbour silent that misses one question or two', async () => {
    const world = await watching(15_000);
    for (let round = 0; round < 20; round += 1) {
      world.setNeighbour(A.address, undefined);
      await world.clock.advance(4000);
      world.setNeighbour(A.address, `${A.host} boot-1`);
      await world.clock.advance(11_000);
    }
    expect(world.beats.filter((beat) => beat.silent.length > 0)).toEqual([]);
  });

  it('take another host at a neighbour’s address for its silence', async () => {
    const world = await watching(15_000);
    world.setNeighbour(A.address, `${B.host} boot-1`);
    await world.clock.advance(40_000);
    expect(world.beats.at(-1)).toMatchObject({ silent: [A.host], answering: [B.host] });
  });

  it('say nothing of hosts that are neighbours no more', async () => {
    const world = await watching(15_000);
    world.setNeighbour(A.address, undefined);
    world.setPace({ neighbours: [B] });
    await world.clock.advance(60_000);
    expect(world.beats.at(-1)).toMatchObject({ silent: [], answering: [B.host] });
  });

  it('are news when a neighbour’s state or a usage by ten points has changed', () => {
    const told = { cpuPercent: 20, memoryPercent: 20, diskPercent: 20, silent: [], answering: ['h-a'] };
    expect(isNews(told, { ...told, cpuPercent: 29.9, answering: [] })).toBe(false);
    expect(isNews(told, { ...told, cpuPercent: 30 })).toBe(true);
    expect(isNews(told, { ...told, diskPercent: 9 })).toBe(true);
    expect(isNews(told, { ...told, silent: ['h-a'] })).toBe(true);
  });

  it('are preceded by an answer for others: who this host is and since which boot', async () => {
    const world = await watching(15_000);
    expect(world.shown).toEqual({ address: '10.77.0.11', line: 'h-test0001 boot-0001' });
  });
});

describe('between real sockets', () => {
  const closing: (() => void)[] = [];
  afterEach(() => closing.splice(0).forEach((close) => close()));
  const listen = (server: Server): Promise<number> =>
    new Promise((resolve) => {
      closing.push(() => server.close());
      server.listen(0, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
    });
  const freePort = async (): Promise<number> => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    return port;
  };

  it('a host tells who it is, whatever it is sent, until the agent ends', async () => {
    const port = await freePort();
    const net = createNeighbourNet(port);
    const stop = new AbortController();
    const answering = net.answer(LOOPBACK, 'h-me boot-1', stop.signal);
    const many = await Promise.all(Array.from({ length: 20 }, () => net.ask(LOOPBACK)));
    expect(new Set(many)).toEqual(new Set(['h-me boot-1']));
    const talker = createConnection({ host: LOOPBACK, port });
    talker.write(Buffer.alloc(1_000_000, 'x'));
    let said = '';
    talker.on('error', () => undefined).on('data', (part) => (said += part.toString()));
    await new Promise((resolve) => talker.once('close', resolve));
    expect(said === '' || said === 'h-me boot-1\n').toBe(true);
    expect(await net.ask(LOOPBACK)).toBe('h-me boot-1');
    stop.abort();
    await answering;
    await expect(net.ask(LOOPBACK)).rejects.toThrow('ECONNREFUSED');
  });

  it('a port that is taken is an error', async () => {
    const port = await listen(createServer());
    const stop = new AbortController();
    await expect(createNeighbourNet(port).answer(LOOPBACK, 'x', stop.signal)).rejects.toThrow('EADDRINUSE');
  });

  it('one that says nothing, too much, or half a line is no answer', async () => {
    for (const say of [undefined, 'half', `${'x'.repeat(200)}\n`]) {
      const port = await listen(
        createServer((socket) => {
          closing.push(() => socket.destroy());
          socket.on('error', () => undefined);
          if (say === 'half') socket.end(say);
          else if (say !== undefined) socket.write(say);
        }),
      );
      const expected =
        say === undefined ? 'no answer within 200 ms' : say === 'half' ? 'without a line' : 'more than';
      await expect(createNeighbourNet(port, 200).ask(LOOPBACK)).rejects.toThrow(expected);
    }
  });
});

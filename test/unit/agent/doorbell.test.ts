/** The doorbell in virtual time: the whole agent, over a socket service with API Gateway's limits. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MESSAGE_MAX_BYTES, readMessage } from '../../../agent/control-plane/doorbell-messages.ts';
import { KEEP_ALIVE_MS, REPLACE_MS, RETRY } from '../../../agent/loops/doorbell.ts';
import {
  DOORBELL_MESSAGE_MAX_BYTES,
  helloReply as helloReplySchema,
  ring as ringSchema,
} from '../../../contract/doorbell-protocol.ts';
import { agentWorld, type AgentWorld } from '../../support/agent-world.ts';
import { assignment, spec } from '../../support/container-spec.ts';
import { SOCKET_LIMITS } from '../../support/fake-sockets.ts';
import { programs } from '../../support/programs.ts';
import { createRandom } from '../../../local/ec2/model/parts/random.ts';

const container = spec({ command: [...programs.graceful(0).argv] });
const POLL_MS = 1000;
const SOCKET_POLL_MS = 20_000;
const MINUTE_MS = 60_000;

const seededRandom = (seed: number): (() => number) => {
  const random = createRandom(String(seed));
  return () => parseInt(random.hex(8), 16) / 2 ** 32;
};

/** A running agent whose socket is proven. */
async function connected(options: { seed?: number; relistMs?: number } = {}): Promise<AgentWorld> {
  const world = agentWorld({
    socketPollMs: SOCKET_POLL_MS,
    config: { relistMs: options.relistMs ?? 10_000 },
    ...(options.seed === undefined ? {} : { random: seededRandom(options.seed) }),
  });
  world.boot();
  await world.clock.advance(2000);
  expect(world.sockets.connections()).toHaveLength(1);
  return world;
}

const want = (world: AgentWorld, count: number): void =>
  world.want(
    { 'web-1': container },
    Array.from({ length: count }, (_, index) => assignment(index + 1)),
  );
const held = (world: AgentWorld): number => world.saved().manifest?.generation ?? 0;
const logged = (world: AgentWorld, what: string): number =>
  world.log.filter((line) => line['event'] === what).length;
const pollsWithin = async (world: AgentWorld, ms: number): Promise<number> => {
  const before = world.polls();
  await world.clock.advance(ms);
  return world.polls() - before;
};

describe('while the socket is proven', () => {
  it('a ring brings the new manifest at once', async () => {
    const world = await connected();
    want(world, 1);
    expect(await world.ring()).toBe(true);
    await world.clock.advance(50);
    expect(held(world)).toBe(1);
  });

  it('polls are slow, and at their usual pace soon after it was cut', async () => {
    const world = await connected();
    expect(await pollsWithin(world, MINUTE_MS)).toBeLessThanOrEqual(MINUTE_MS / SOCKET_POLL_MS + 1);
    world.sockets.setReachable(false);
    world.sockets.cutAll();
    await world.clock.advance(POLL_MS + 50);
    expect(await pollsWithin(world, 10_000)).toBeGreaterThanOrEqual(9);
    world.sockets.setReachable(true);
    await world.clock.advance(RETRY.capMs);
    expect(world.sockets.connections()).toHaveLength(1);
    expect(await pollsWithin(world, MINUTE_MS)).toBeLessThanOrEqual(MINUTE_MS / SOCKET_POLL_MS + 1);
  });

  it('a manifest whose ring was lost comes with the next beat or poll', async () => {
    const world = await connected();
    want(world, 1);
    await world.clock.advance(SOCKET_POLL_MS + 50);
    expect(held(world)).toBe(1);
  });

  it('a socket that opens is worth a poll, because a ring from before it reached nobody', async () => {
    const world = await connected();
    world.sockets.cutAll();
    want(world, 1);
    await world.clock.advance(RETRY.baseMs + 100);
    expect(world.sockets.connections()).toHaveLength(1);
    expect(held(world)).toBe(1);
  });
});

describe('with sockets cut for good', () => {
  it('everything still comes by polling', async () => {
    const world = await connected();
    world.sockets.setReachable(false);
    world.sockets.cutAll();
    for (let count = 1; count <= 5; count += 1) {
      want(world, count);
      expect(await world.ring()).toBe(false);
      await world.clock.advance(2 * POLL_MS + 50);
      expect(held(world)).toBe(count);
    }
    await world.clock.advance(60 * MINUTE_MS);
    expect(world.told(assignment(5).task)?.phase).toBe('running');
  });

  it.each([1, 2, 3])('tries go on, jittered, 250 ms to 2 min apart at most (seed %i)', async (seed) => {
    const world = await connected({ seed });
    world.sockets.setReachable(false);
    world.sockets.cutAll();
    const from = world.sockets.seen.triesMs.length;
    await world.clock.advance(120 * MINUTE_MS);
    const tries = world.sockets.seen.triesMs.slice(from);
    const pauses = tries.slice(1).map((atMs, index) => atMs - tries[index]!);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(RETRY.capMs + 50);
    pauses.forEach((pause, index) =>
      expect(pause).toBeLessThanOrEqual(Math.min(RETRY.capMs, RETRY.baseMs * 2 ** (index + 1)) + 50),
    );
    // Full jitter: a minute apart on the average, and never in step.
    expect(tries.length).toBeGreaterThan(70);
    expect(tries.length).toBeLessThan(220);
    expect(new Set(pauses.map((pause) => Math.round(pause))).size).toBeGreaterThan(pauses.length / 2);
  });
});

describe('a socket that no longer works', () => {
  it('is found out at the latest when it is to be proven again', async () => {
    const world = await connected({ seed: 7 });
    world.sockets.cutAll(true);
    const opened = world.sockets.seen.opened;
    await world.clock.advance(KEEP_ALIVE_MS.most + 12_000);
    expect(world.sockets.seen.opened).toBe(opened + 1);
    expect(logged(world, 'socket-lost')).toBe(1);
  });

  it('is doubted as soon as a manifest came that it did not ring for', async () => {
    const world = await connected();
    await world.clock.advance(20_000);
    world.sockets.cutAll(true);
    want(world, 1);
    const opened = world.sockets.seen.opened;
    await world.clock.advance(SOCKET_POLL_MS + 12_000);
    expect(held(world)).toBe(1);
    expect(world.sockets.seen.opened).toBe(opened + 1);
  });

  it('is replaced when the control plane says that its rings go elsewhere', async () => {
    const world = await connected();
    world.forgetSocket();
    expect(await world.ring()).toBe(false);
    await world.clock.advance(KEEP_ALIVE_MS.most + 12_000);
    want(world, 1);
    expect(await world.ring()).toBe(true);
    await world.clock.advance(50);
    expect(held(world)).toBe(1);
  });
});

describe('a day', () => {
  it.each([11, 12, 13])(
    'brings no socket to its limits, and no moment without one (seed %i)',
    async (seed) => {
      const world = await connected({ seed, relistMs: 600_000 });
      const hours = 24;
      for (let hour = 0; hour < hours * 6; hour += 1) {
        await world.clock.advance(10 * MINUTE_MS);
        expect(world.sockets.connections().length).toBeGreaterThanOrEqual(1);
      }
      const { opened, idle, old, mostOfOneHost, messages } = world.sockets.seen;
      expect({ idle, old, mostOfOneHost, lost: logged(world, 'socket-lost') }).toEqual({
        idle: 0,
        old: 0,
        mostOfOneHost: 2,
        lost: 0,
      });
      expect(opened).toBeGreaterThanOrEqual((hours * 60 * MINUTE_MS) / REPLACE_MS.most);
      expect(opened).toBeLessThanOrEqual((hours * 60 * MINUTE_MS) / REPLACE_MS.least + 1);
      // Each is paid for: the least that keeps a socket from being idle is one in 10 min.
      expect(messages).toBeLessThanOrEqual((hours * 60 * MINUTE_MS) / KEEP_ALIVE_MS.least + opened);
    },
    60_000,
  );

  it('in which no other socket can be had keeps the one there is to its end', async () => {
    const world = await connected({ seed: 5, relistMs: 600_000 });
    world.sockets.setReachable(false);
    await world.clock.advance(SOCKET_LIMITS.lifeMs - MINUTE_MS);
    expect(world.sockets.connections()).toHaveLength(1);
    want(world, 1);
    expect(await world.ring()).toBe(true);
    await world.clock.advance(50);
    expect(held(world)).toBe(1);
    await world.clock.advance(2 * MINUTE_MS);
    expect(world.sockets.connections()).toHaveLength(0);
    expect(await pollsWithin(world, 10_000)).toBeGreaterThanOrEqual(9);
  });
});

describe('what comes over it', () => {
  it('has the bound and the forms of the contract', () => {
    expect(MESSAGE_MAX_BYTES).toBe(DOORBELL_MESSAGE_MAX_BYTES);
    const value = fc.oneof(
      fc.record({ generation: fc.oneof(fc.integer(), fc.double(), fc.string()) }),
      fc.record({ known: fc.oneof(fc.boolean(), fc.integer()) }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(value, (json) => {
        const message = readMessage(JSON.stringify(json));
        const schema =
          typeof json === 'object' && json !== null && 'generation' in json ? ringSchema : helloReplySchema;
        const short = Buffer.byteLength(JSON.stringify(json)) <= MESSAGE_MAX_BYTES;
        expect(message.kind !== 'unknown').toBe(short && schema.safeParse(json).success);
      }),
    );
  });

  it('is worth one question at most, whatever it is and however often it comes', async () => {
    const junk = ['', '{', 'null', '[]', '{"generation":-1}', '{"generation":"9"}', 'x'.repeat(5000)];
    const world = await connected();
    for (const text of junk) await world.ring(text);
    expect(await pollsWithin(world, 900)).toBe(0);
    const before = world.polls();
    for (let n = 0; n < 50; n += 1) {
      await world.ring(JSON.stringify({ generation: Number.MAX_SAFE_INTEGER - n }));
      await world.clock.advance(10);
    }
    expect(world.polls() - before).toBeLessThanOrEqual(2);
    expect(held(world)).toBe(0);
  });

  it('cannot keep a true announcement from being heard', async () => {
    const world = await connected();
    await world.ring(JSON.stringify({ generation: Number.MAX_SAFE_INTEGER }));
    await world.clock.advance(POLL_MS + 100);
    want(world, 1);
    await world.ring();
    await world.clock.advance(50);
    expect(held(world)).toBe(1);
  });
});

/**
 * The fence inside Route 53, with the real register loop on both sides of the race: over the strict model, and through
 * the SDK, the local Route 53 and the emulator. The mutant, the same loop without the fence, must lose each of these races.
 */
import { expect } from '@jest/globals';
import { CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { route53Clients } from '../../functions/adapters/route53/client.ts';
import { route53ServiceDirectory } from '../../functions/adapters/route53/service-directory.ts';
import { startRoute53Server } from '../../local/route53/server.ts';
import { ZONE } from '../support/builders.ts';
import { clientOptions } from '../support/client-options.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import type { Case } from '../support/contract.ts';
import { eventually } from '../support/eventually.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { inMemoryServiceDirectory } from '../support/in-memory/service-directory.ts';
import { freePort } from '../support/ministack.ts';
import { overEmulator } from '../support/over-emulator.ts';
import { SRV, targetOn, targetsIn, twoWriters, withoutFence } from './fence/two-writers.ts';
import { stopBefore } from './fence/stops.ts';
import type { HeldZone } from './fence/two-writers.ts';

/** The race is about order, not about speed: no bucket in the way. */
const SPEED = { requestsPerSecond: 1000, processingMs: 0, propagationMs: 200 };
const codeOf = (outcome: { readonly kind: string }) => outcome.kind;

const cases: Case<HeldZone>[] = [
  [
    'rejects the whole batch of a writer that paused, lost its lease and was overtaken; the zone stays right',
    async (zone) => {
      const world = await twoWriters(zone);
      const story = await world.race();
      expect([story.whileHeld, story.afterExpiry]).toEqual(['busy', 'done']);
      expect(story.committed.map(({ outcome }) => codeOf(outcome))).toEqual(['accepted']);
      expect(story.lateBatch.outcome.kind).toBe('rejected');
      expect(story.lateBatch.changes.map(({ record }) => record.name)).toContain(SRV);
      expect(story.lateBatch.after).toEqual(story.committed[0]!.after);
      expect(story.late).toBe('done');
      expect(await world.answers()).toEqual([targetOn('h-b')]);
      expect(await world.events()).toContain('dns-rejected');
      const before = await world.records();
      expect(await world.current()).toBe('done');
      expect(await world.records()).toEqual(before);
      expect(await world.answers()).toEqual([targetOn('h-b')]);
    },
  ],
  [
    'of 20 October 2025: a delayed older plan and the clean-up after it leave the endpoint full',
    async (zone) => {
      const world = await twoWriters(zone);
      const story = await world.race();
      await world.loseHost('h-a');
      expect(await world.current()).toBe('done');
      expect(await world.answers()).toEqual([targetOn('h-b')]);
      const fromCommit = world.sent.slice(world.sent.indexOf(story.committed[0]!));
      expect(fromCommit.map(({ after }) => targetsIn(after))).toEqual(
        fromCommit.map(() => [targetOn('h-b')]),
      );
    },
  ],
  [
    'is what does it: without the fence the late writer puts its stale set over the newer one, for good',
    async (zone) => {
      const world = await twoWriters(zone, { guard: withoutFence });
      const story = await world.race();
      expect(story.committed.map(({ outcome }) => codeOf(outcome))).toEqual(['accepted']);
      expect(targetsIn(story.committed[0]!.after)).toEqual([targetOn('h-b')]);
      expect(story.lateBatch.outcome.kind).toBe('accepted');
      expect(await world.answers()).toEqual([targetOn('h-a')]);
      await world.current();
      expect(await world.answers()).toEqual([targetOn('h-a')]);
    },
  ],
  [
    'is what does it on 20 October 2025: without the fence the clean-up leaves the endpoint empty',
    async (zone) => {
      const world = await twoWriters(zone, { guard: withoutFence });
      await world.race();
      await world.loseHost('h-a');
      await world.current();
      expect(await world.answers()).toEqual([]);
      await world.current();
      expect(await world.answers()).toEqual([]);
    },
  ],
];

/** Everything that a late writer does, in order; held before each. */
const STEPS = [
  'leases.acquire',
  'load',
  'store.putHead',
  'directory.apply',
  'store.putName',
  'store.putHead',
  'decisions.append',
  'store.load',
  'directory.list',
  'store.load',
  'leases.release',
];
/** From the first answer that names the new host on, no batch, whoever's, brings another. */
const expectKept = (seen: readonly (readonly string[])[]): void => {
  const since = seen.slice(seen.findIndex((targets) => targets.includes(targetOn('h-b'))));
  expect(since).toEqual(since.map(() => [targetOn('h-b')]));
  expect(since.length).toBeGreaterThan(0);
};
for (const clean of ['meanwhile', 'afterwards'] as const)
  for (const [index, step] of STEPS.entries())
    cases.push([
      `of 20 October 2025: held before its step ${String(index + 1)}, ${step}, a late writer leaves the endpoint full, with a clean-up ${clean}`,
      async (zone) => {
        const stop = stopBefore(index + 1);
        const world = await twoWriters(zone, { stop });
        const story = await world.raceFrom(stop, clean);
        expect(stop.calls[index]).toBe(step);
        expect([story?.afterExpiry, await world.answers()]).toEqual(['done', [targetOn('h-b')]]);
        expectKept(story?.seen ?? []);
      },
    ]);
cases.push(
  [
    'of 20 October 2025: the late writer has no other step',
    async (zone) => {
      const stop = stopBefore(STEPS.length + 1);
      const world = await twoWriters(zone, { stop });
      expect(await world.raceFrom(stop, 'meanwhile')).toBeUndefined();
      expect(stop.calls).toEqual(STEPS);
    },
  ],
  [
    'is what does it in all of them: without the fence, held before its batch, the late writer empties the endpoint',
    async (zone) => {
      const stop = stopBefore(STEPS.indexOf('directory.apply') + 1);
      const world = await twoWriters(zone, { stop, guard: withoutFence });
      const story = await world.raceFrom(stop, 'meanwhile');
      expect(() => expectKept(story?.seen ?? [])).toThrow();
      expect(await world.answers()).toEqual([]);
    },
  ],
);

/** Over the model the port itself is held; over the wire, the gateway holds the request. */
const inMemory = (): HeldZone => {
  const clock = fakeClock();
  const directory = inMemoryServiceDirectory({ clock, zone: ZONE, ...SPEED });
  const held = Promise.withResolvers<undefined>();
  const resumed = Promise.withResolvers<undefined>();
  return {
    directory,
    clock,
    holdNext: () =>
      directory.faults.beforeNext('apply', () => {
        held.resolve(undefined);
        return resumed.promise;
      }),
    held: async () => {
      await held.promise;
    },
    resume: () => resumed.resolve(undefined),
  };
};

const overWire = overEmulator<HeldZone>('Route 53 gateway', async (emulator) => {
  const clock = fakeClock();
  const port = await freePort();
  const server = await startRoute53Server({
    emulator: emulator.endpoint,
    listen: [{ address: '127.0.0.1', port }],
    now: () => clock.nowMs(),
    ...SPEED,
  });
  const { service } = server;
  const { hold } = service;
  const admin = new Route53Client(clientOptions(emulator));
  const clients = route53Clients(clientOptions({ endpoint: `http://127.0.0.1:${port}` }));
  return {
    fresh: async () => {
      const VPC = { VPCId: `vpc-${crypto.randomUUID().slice(0, 8)}`, VPCRegion: 'us-east-1' as const };
      const input = { Name: ZONE, CallerReference: crypto.randomUUID(), VPC };
      const { HostedZone: zone } = await admin.send(new CreateHostedZoneCommand(input));
      await service.refresh();
      return {
        directory: route53ServiceDirectory({ clients, zoneId: zone!.Id!.replace('/hostedzone/', '') }),
        clock,
        holdNext: () => hold.pauseNext(),
        held: async () => {
          await eventually(() => hold.held().length === 1, { what: 'the late writer’s call' });
        },
        resume: () => void hold.resume(),
      };
    },
    close: async () => {
      admin.destroy();
      await server.close();
    },
  };
});

contractSuite<HeldZone>('the fence', [inProcess('in memory', inMemory), overWire], cases);

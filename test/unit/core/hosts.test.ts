import { describe, expect, it } from '@jest/globals';
import { afterLaunch } from '../../../functions/core/hosts/after-launch.ts';
import { claimInstances } from '../../../functions/core/hosts/claims.ts';
import { writeIntents, type HostBatch } from '../../../functions/core/hosts/intent.ts';
import { launchPauseUntilMs, nextHostStep } from '../../../functions/core/hosts/next-steps.ts';
import type { Host } from '../../../functions/core/model/host.ts';
import { poolsOf } from '../../../functions/core/model/pool.ts';
import type { LaunchOutcome } from '../../../functions/core/model/instance.ts';
import { host, hostBatch, instance, NOW, settings } from '../../support/builders.ts';

const requested = (over: Partial<Host> = {}) =>
  host('r', {
    state: 'requested',
    instanceId: null,
    launchedAtMs: null,
    registeredAtMs: null,
    address: null,
    version: 1,
    ...over,
  });
const booting = (over: Partial<Host> = {}) => host('b', { state: 'booting', registeredAtMs: null, ...over });

const BATCH = hostBatch();
const TEMPLATE = { launchTemplateId: 'lt', launchTemplateVersion: '3' };

describe('the intents of a batch', () => {
  const intents = writeIntents(BATCH, TEMPLATE, { nowMs: NOW, seed: 's' });

  it('have one launch, frozen, and names of their own', () => {
    expect(intents).toHaveLength(3);
    expect(new Set(intents.map(({ id }) => id)).size).toBe(3);
    expect(new Set(intents.map(({ launch }) => JSON.stringify(launch))).size).toBe(1);
    expect(intents[0]).toMatchObject({
      state: 'requested',
      pool: 'default',
      launch: { launchTemplateVersion: '3', size: 3, offerings: BATCH.offerings, subnetId: 'subnet-a' },
    });
  });

  it('have a token that is a function of everything that EC2 compares', () => {
    const tokenOf = (batch: HostBatch, template = TEMPLATE, seed = 's') =>
      writeIntents(batch, template, { nowMs: NOW, seed })[0]!.launch.clientToken;
    const token = tokenOf(BATCH);
    expect(token).toMatch(/^berth-b-[a-z0-9]{12}-[0-9a-f]{8}$/);
    expect(token.length).toBeLessThanOrEqual(64);
    expect(tokenOf(BATCH)).toBe(token);
    for (const other of [
      tokenOf({ ...BATCH, count: 2 }),
      tokenOf({ ...BATCH, offerings: BATCH.offerings.toReversed() }),
      tokenOf(BATCH, { ...TEMPLATE, launchTemplateVersion: '4' }),
      tokenOf(BATCH, TEMPLATE, 'another pass'),
    ])
      expect(other).not.toBe(token);
  });
});

describe('after a launch', () => {
  const rows = writeIntents(BATCH, TEMPLATE, { nowMs: NOW, seed: 's' }).toSorted((a, b) =>
    a.id < b.id ? -1 : 1,
  );
  const after = (outcome: LaunchOutcome, known: string[] = []) =>
    afterLaunch(rows, outcome, new Set(known), NOW);
  const made = (...ids: string[]) => ids.map((instanceId) => ({ instanceId, offering: BATCH.offerings[1]! }));

  it('rows get the instances, with the type and the place that EC2 chose', () => {
    const { stored, dropped } = after({
      kind: 'answered',
      instances: made('i-1', 'i-2', 'i-3'),
      failures: [],
    });
    expect(stored.map(({ id, instanceId }) => [id, instanceId])).toEqual(
      rows.map(({ id }, index) => [id, `i-${index + 1}`]),
    );
    expect(stored[0]).toMatchObject({
      state: 'booting',
      zone: 'us-east-1b',
      launch: { subnetId: 'subnet-b', offerings: [] },
    });
    expect(dropped).toEqual([]);
  });

  it('rows without an instance go, each failure is told and remembered', () => {
    const short = { kind: 'no-capacity', offering: BATCH.offerings[0]!, message: 'none left' } as const;
    const { stored, dropped, decisions, failures } = after({
      kind: 'answered',
      instances: made('i-1'),
      failures: [short],
    });
    expect([stored.length, dropped.map(({ id }) => id)]).toEqual([1, [rows[1]!.id, rows[2]!.id]]);
    expect(failures).toEqual([short]);
    expect(decisions.map(({ code, message }) => [code, message])).toEqual([
      [
        'host-launch-failed',
        'no capacity for t3.small in us-east-1a (subnet-a): none left; the next offering is tried',
      ],
      ['host-launched', expect.stringContaining('i-1 (t3.small, us-east-1b) boots for')],
    ]);
  });

  it('instances of other rows and dead ones are nobody’s: a repeated answer names them again', () => {
    const answer = { kind: 'answered', instances: made('i-1', 'i-2', 'i-3'), failures: [] } as const;
    const { stored, dropped } = after(answer, ['i-1', 'i-3']);
    expect(stored.map(({ instanceId }) => instanceId)).toEqual(['i-2']);
    expect(dropped).toHaveLength(2);
    expect(after(answer, ['i-1', 'i-2', 'i-3']).decisions[0]?.message).toMatch(
      /gone; asked again with a new/,
    );
  });

  it('rows keep their token while nobody knows what became of it', () => {
    const { stored, decisions } = after({ kind: 'unknown', message: 'connection reset' });
    expect(stored.map(({ launch }) => launch)).toEqual(rows.map(({ launch }) => launch));
    expect(stored.map(({ retryAtMs }) => retryAtMs)).toEqual(Array(3).fill(NOW + 2000));
    expect(decisions).toEqual([
      expect.objectContaining({
        code: 'host-launch-failed',
        message: expect.stringContaining('connection reset'),
      }),
    ]);
  });

  it('a spent token and a want of capacity are certain: the rows go', () => {
    for (const kind of ['token-spent', 'no-capacity'] as const)
      expect(after({ kind, message: 'told so' })).toMatchObject({ stored: [], dropped: rows });
    expect(after({ kind: 'no-capacity', message: 'none' }).failures).toHaveLength(2);
  });

  it('the account’s limit names its quota, and is asked about ever less often', () => {
    const limit = { kind: 'account-limit', message: 'vCPU', quota: 'L-1216C47A' } as const;
    const { stored, decisions, failures } = after(limit);
    expect(decisions[0]?.message).toMatch(/L-1216C47A.*Service Quotas/);
    expect(failures).toMatchObject([{ kind: 'account-limit', quota: 'L-1216C47A' }]);
    const pauses = [];
    let current = stored;
    for (let time = 0; time < 7; time += 1) {
      pauses.push((current[0]!.retryAtMs - NOW) / 1000);
      current = afterLaunch(current, limit, new Set(), NOW).stored;
    }
    expect(pauses).toEqual([60, 120, 240, 480, 900, 900, 900]);
  });
});

describe('claims', () => {
  const row = (name: string, over: Partial<Host> = {}) =>
    requested({ id: host(name).id, launch: { ...requested().launch, batch: 'b-1' }, ...over });
  const made = (instanceId: string, over = {}) =>
    instance(requested(), { instanceId, host: null, batch: 'b-1', ...over });
  const claimed = (rows: Host[], instances: ReturnType<typeof made>[]) =>
    [...claimInstances(rows, instances)].map(([id, one]) => `${id} ${one.instanceId}`);

  it('are in the order of ids, whatever order rows and instances come in', () => {
    const rows = [row('b'), row('a')];
    const instances = [made('i-2'), made('i-1')];
    expect(claimed(rows, instances).toSorted()).toEqual(['h-a i-1', 'h-b i-2']);
    expect(claimed(rows.toReversed(), instances.toReversed()).toSorted()).toEqual(['h-a i-1', 'h-b i-2']);
  });

  it('are of the own batch only, and of living instances that nobody has', () => {
    expect(claimed([row('a')], [made('i-1', { batch: 'b-2' })])).toEqual([]);
    expect(claimed([row('a')], [made('i-1', { state: 'terminated' })])).toEqual([]);
    expect(claimed([row('a'), row('b', { instanceId: 'i-1' })], [made('i-1')])).toEqual([]);
    expect(claimed([row('a', { state: 'terminated' })], [made('i-1')])).toEqual([]);
  });

  it('go to rows that wait before rows that were cancelled, and to the one that a tag names first of all', () => {
    const rows = [row('a', { state: 'terminating' }), row('b')];
    expect(claimed(rows, [made('i-1')])).toEqual(['h-b i-1']);
    expect(claimed(rows, [made('i-1'), made('i-2')]).toSorted()).toEqual(['h-a i-2', 'h-b i-1']);
    expect(claimed(rows, [made('i-1', { host: host('a').id })])).toEqual(['h-a i-1']);
  });
});

describe('the next step of a host', () => {
  const step = (one: Host, instances = [instance(one)], nowMs = NOW) =>
    nextHostStep(one, instances, {
      settings: settings(),
      nowMs,
      claimed: claimInstances([one], instances).get(one.id),
    });

  it('is the launch, unless the instance is there already', () => {
    expect(step(requested(), []).kind).toBe('launch');
    expect(step(requested(), [instance(requested(), { instanceId: 'i-found000' })])).toMatchObject({
      kind: 'found',
      instance: { instanceId: 'i-found000' },
    });
    expect(step(requested(), [instance(requested(), { state: 'terminated' })]).kind).toBe('launch');
    expect(step(requested({ retryAtMs: NOW + 5 }), [])).toEqual({ kind: 'none', wakeAtMs: NOW + 5 });
  });

  it('is termination past the registration deadline, with a reason that says where to look', () => {
    const late = booting({ launchedAtMs: NOW - 300_000 });
    expect(step(late)).toMatchObject({
      kind: 'terminate',
      reason: expect.stringMatching(/did not register within 300 s.*cloud-init/),
    });
    expect(step(booting())).toEqual({ kind: 'none', wakeAtMs: NOW - 50_000 + 300_000 });
  });

  it('is its name, while the instance does not know it', () => {
    const unnamed = [instance(booting(), { host: null })];
    expect(step(booting(), unnamed)).toMatchObject({ kind: 'name', wakeAtMs: NOW - 50_000 + 300_000 });
    expect(step(host('a'), [instance(host('a'), { host: null })]).kind).toBe('name');
    expect(step(booting({ launchedAtMs: NOW - 300_000 }), unnamed).kind).toBe('terminate');
  });

  it('has the deadline of its pool', () => {
    const long = { ...poolsOf(settings())[0]!, registrationDeadlineMs: 900_000 };
    const late = booting({ launchedAtMs: NOW - 300_000 });
    const patient = settings({ pools: { default: long } });
    expect(nextHostStep(late, [instance(late)], { settings: patient, nowMs: NOW }).kind).toBe('none');
  });

  it('of an older version’s intent is to be looked for, then to go', () => {
    const old = requested({
      launch: { ...requested().launch, batch: '' },
      requestedAtMs: NOW,
      retryAtMs: NOW,
    });
    expect(step(old, [])).toEqual({ kind: 'none', wakeAtMs: NOW + 120_000 });
    expect(step(old, [instance(old, { batch: null })]).kind).toBe('found');
    expect(step(old, [], NOW + 120_000).kind).toBe('forget');
  });

  it('does not call an instance gone that EC2 merely does not show yet', () => {
    expect(step(booting(), []).kind).toBe('none');
    expect(step(booting({ launchedAtMs: NOW - 120_001 }), []).kind).toBe('gone');
  });

  it('does not give a host up that EC2 leaves out, unless it is lost', () => {
    for (const state of ['ready', 'draining', 'suspect'] as const)
      expect(step(host('a', { state, launchedAtMs: NOW - 3_600_000 }), []).kind).toBe('none');
    expect(step(host('a', { state: 'lost', launchedAtMs: NOW - 3_600_000 }), []).kind).toBe('gone');
  });

  it('sees that EC2 has terminated a ready host', () => {
    expect(step(host('a'), [instance(host('a'), { state: 'shutting-down' })]).kind).toBe('gone');
  });

  it('asks again for a termination that does not happen, and ends when it has', () => {
    const one = host('t', { state: 'terminating', retryAtMs: NOW - 60_000 });
    expect(step(one).kind).toBe('terminate');
    expect(step(one, [instance(one, { state: 'terminated' })]).kind).toBe('gone');
  });

  it('forgets a terminated host after an hour', () => {
    expect(step(host('x', { state: 'terminated', retryAtMs: NOW - 3_600_001 })).kind).toBe('forget');
  });
});

describe('pauses after hosts that never registered', () => {
  const overdue = (name: string, ago: number) =>
    host(name, { state: 'terminated', registeredAtMs: null, launchedAtMs: NOW - ago, retryAtMs: NOW - ago });

  it('double up to 15 minutes and end with the first that registers', () => {
    expect(launchPauseUntilMs([])).toBe(0);
    expect(launchPauseUntilMs([overdue('a', 1000)])).toBe(NOW - 1000 + 30_000);
    expect(launchPauseUntilMs([overdue('a', 5000), overdue('b', 1000)])).toBe(NOW - 1000 + 60_000);
    const many = Array.from({ length: 12 }, (_, index) => overdue(`h${index}`, 1000));
    expect(launchPauseUntilMs(many)).toBe(NOW - 1000 + 900_000);
    expect(launchPauseUntilMs([overdue('a', 1000), host('ok', { registeredAtMs: NOW })])).toBe(0);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BATCH_CHARACTERS_MAX, BATCH_VALUES_MAX } from '../../../functions/core/discovery/batch-size.ts';
import { fenceChanges, inBatches, planInZone, soaChange } from '../../../functions/core/discovery/batches.ts';
import { diffRecords } from '../../../functions/core/discovery/diff.ts';
import { ownerOf } from '../../../functions/core/discovery/names.ts';
import {
  CLOCK_MARGIN_MS,
  confirmEntries,
  isWaiting,
  LEFT_KEPT_MS,
  planDirectory,
  VANISHING_MAX,
} from '../../../functions/core/discovery/plan-directory.ts';
import { resync } from '../../../functions/core/discovery/resync.ts';
import type { Directory, RecordSet, TaskEntry } from '../../../functions/core/model/directory.ts';
import type { HostView } from '../../../functions/core/model/snapshot.ts';
import type { TaskReport } from '../../../functions/core/model/task.ts';
import {
  assignment,
  directoryName,
  host,
  hostView,
  NOW,
  settings,
  snapshot,
  taskReport,
  ZONE,
} from '../../support/builders.ts';

const directory = (over: Partial<Directory> = {}): Directory => ({
  head: { plan: 4, pending: [], soaTtlSeconds: 10, unsure: false, version: 1 },
  names: [],
  ...over,
});
const a = assignment('a');
const withTask = (report: Partial<TaskReport>, one = a): HostView[] => [
  hostView(host('a'), [one], [taskReport(one.task, report)]),
];
const plan = (hosts: HostView[], dir = directory()) =>
  planDirectory(snapshot({ hosts, directory: dir, settings: settings() }), ZONE, NOW);
const service = (hosts: HostView[], dir = directory()) =>
  plan(hosts, dir).names.find((name) => name.after.owner === 'web.shop');
const recordsOf = (hosts: HostView[], dir?: Directory) =>
  (service(hosts, dir)?.after.records ?? []).map(
    (record) => `${record.type} ${record.name} ${record.values.join(',')}`,
  );

const SRV = `SRV _http._tcp.web.shop.${ZONE} 0 1 20001 h-a.${ZONE}.`;
const REPLICA = `A web-1.web.shop.${ZONE} 10.0.0.98`;
const SERVICE = `A web.shop.${ZONE} 10.0.0.98`;

describe('wanted records', () => {
  it('name a registered host once, whatever runs there', () => {
    const host_ = plan([hostView(host('a'))]).names[0];
    expect(host_?.after).toMatchObject({
      owner: 'h-a',
      records: [{ name: `h-a.${ZONE}`, type: 'A', values: ['10.0.0.98'] }],
    });
    expect(plan([hostView(host('a', { registeredAtMs: null }))]).names).toEqual([]);
  });

  it('give a replica its A record at start and its SRV only once healthy', () => {
    expect(recordsOf(withTask({ phase: 'pulling', health: 'starting' }))).toEqual([]);
    expect(recordsOf(withTask({ health: 'starting' }))).toEqual([REPLICA]);
    expect(recordsOf(withTask({}))).toEqual([REPLICA, SERVICE, SRV]);
  });

  it.each([
    ['exited', { phase: 'failed' }],
    ['stopped', { phase: 'stopped' }],
    ['never healthy', { health: 'unhealthy' }],
  ] as const)('have no SRV of a replica that is %s', (_name, report) => {
    expect(recordsOf(withTask(report)).some((record) => record.startsWith('SRV'))).toBe(false);
  });

  it.each(['drain', 'stop'] as const)('leave out a task that shall %s, A record and all', (wanted) => {
    expect(recordsOf(withTask({}, { ...a, wanted }))).toEqual([]);
  });

  it('keep the replica’s A on the older task until that one is on its way out', () => {
    const newer = assignment('b', { createdAtMs: NOW, ports: [] });
    const both = (wanted: 'run' | 'drain') => [
      hostView(host('a'), [{ ...a, wanted }], [taskReport(a.task)]),
      hostView(host('b'), [newer], [taskReport(newer.task)]),
    ];
    expect(recordsOf(both('run'))).toContain(REPLICA);
    expect(recordsOf(both('drain'))).toContain(`A web-1.web.shop.${ZONE} 10.0.0.99`);
  });

  it('fail open: the last served replica stays while unhealthy, but not once it exited and starts anew', () => {
    const served: Directory = directory({
      names: [
        directoryName('web.shop', { [a.task]: { state: 'in', plan: 3, ttlSeconds: 10, serving: true } }),
      ],
    });
    expect(recordsOf(withTask({ health: 'unhealthy' }), served)).toContain(SRV);
    expect(plan(withTask({ health: 'unhealthy' }), served).decisions[0]?.code).toBe('dns-fail-open');
    expect(recordsOf(withTask({ health: 'starting' }), served)).not.toContain(SRV);
    const sick = (over: Partial<TaskReport>) => recordsOf(withTask({ health: 'unhealthy', ...over }), served);
    const why = (code: string) => ({ code, message: 'in its own words' });
    expect(sick({ reason: why('health-check-failing') })).toContain(SRV);
    expect(sick({ reason: why('docker-unavailable') })).toContain(SRV);
    // Between an exit and the next start an agent reports `unhealthy` too; nothing answers there.
    expect(sick({ exitCode: 137, reason: why('exited') })).not.toContain(SRV);
    expect(sick({ exitCode: 137, reason: why('docker-unavailable') })).not.toContain(SRV);
    expect(sick({ reason: why('container-gone') })).not.toContain(SRV);
  });

  it('hold at most 32 answers a name, the same ones each time', () => {
    const tasks = Array.from({ length: 40 }, (_, index) =>
      assignment(String(index), {
        slot: index + 1,
        ports: [{ name: 'http', container: 80, protocol: 'tcp', host: 20_000 + index }],
      }),
    );
    const hosts = [
      hostView(
        host('a'),
        tasks,
        tasks.map((one) => taskReport(one.task)),
      ),
    ];
    const srv = (list: HostView[]) =>
      service(list)?.after.records.find((record) => record.type === 'SRV')?.values;
    expect(srv(hosts)).toHaveLength(32);
    expect(srv(hosts)).toEqual(srv(hosts));
  });
});

describe('where tasks stand', () => {
  const entry = (over: Partial<TaskEntry> = {}): TaskEntry => ({
    state: 'in',
    plan: 3,
    ttlSeconds: 10,
    serving: true,
    ...over,
  });
  const known = (one: TaskEntry): Directory =>
    directory({ names: [directoryName('web.shop', { [a.task]: one })] });
  const next = (hosts: HostView[], dir: Directory) => service(hosts, dir)?.after.tasks[a.task];

  it('published: in, under the number of the coming plan', () => {
    expect(next(withTask({}), directory())).toEqual({ state: 'in', plan: 5, ttlSeconds: 10, serving: true });
  });

  it('drained: leaving, with the TTL that it was published with, and no time yet', () => {
    const dir = { ...known(entry({ ttlSeconds: 60 })) };
    expect(next(withTask({}, { ...a, wanted: 'drain' }), dir)).toEqual({
      state: 'leaving',
      plan: 5,
      ttlSeconds: 60,
      serving: false,
      final: true,
    });
  });

  describe('out since its host was suspect', () => {
    const out = entry({ state: 'leaving', plan: 3, serving: false, outAtMs: NOW - 60_000 });
    const drained = { ...a, wanted: 'drain' as const };

    it('and drained now: out for good, as this pass has seen it', () => {
      expect(next(withTask({}, drained), known(out))).toEqual({ ...out, final: true });
    });

    it('and drained, while a batch that published it again may have been applied: confirmed anew', () => {
      const unsure = known(out);
      const dir = { ...unsure, head: { ...unsure.head, unsure: true } };
      const { outAtMs, ...leavesAnew } = { ...out, plan: 5, final: true };
      expect(outAtMs).toBeDefined();
      expect(next(withTask({}, drained), dir)).toEqual(leavesAnew);
    });
  });

  it('drained before it was ever published: out at once', () => {
    expect(next(withTask({ health: 'starting' }, { ...a, wanted: 'drain' }), directory())).toMatchObject({
      state: 'leaving',
      outAtMs: NOW,
    });
  });

  it('gone with its host: leaving too', () => {
    expect(next([], known(entry()))).toMatchObject({ state: 'leaving', plan: 5 });
  });

  it('confirmed: out one TTL and a margin after INSYNC, and only what left by that plan', () => {
    const dir = directory({
      names: [
        directoryName('web.shop', {
          [a.task]: entry({ state: 'leaving', plan: 5 }),
          other: entry({ state: 'leaving', plan: 6 }),
        }),
      ],
    });
    expect(isWaiting(dir)).toBe(true);
    const [name] = confirmEntries(dir, 5, NOW);
    expect(name?.tasks[a.task]?.outAtMs).toBe(NOW + 10_000 + CLOCK_MARGIN_MS);
    expect(name?.tasks['other']?.outAtMs).toBeUndefined();
  });

  it('forgotten ten minutes after it was out', () => {
    const old = entry({ state: 'leaving', plan: 1, outAtMs: NOW - LEFT_KEPT_MS - 1 });
    expect(service([], known(old))?.after.tasks).toEqual({});
  });

  it('healthy again after an exit: in again', () => {
    expect(
      next(withTask({ attempt: 2 }), known(entry({ state: 'leaving', plan: 4, outAtMs: NOW - 1 }))),
    ).toMatchObject({ state: 'in', plan: 5 });
  });
});

describe('stability', () => {
  it('the plan, applied, leaves nothing to do', () => {
    const first = plan(withTask({}));
    const applied = directory({
      head: { ...directory().head, plan: 5 },
      names: first.names.map((name) => ({ ...name.after, version: 1 })),
    });
    expect(plan(withTask({}), applied).names).toEqual([]);
  });

  it('a plan with nothing to do is kept while the rows stay, and no longer than what left is remembered', () => {
    const left: TaskEntry = { state: 'leaving', plan: 1, ttlSeconds: 10, outAtMs: NOW, serving: false };
    const hosts = withTask({});
    const names = plan(hosts).names.map(({ after }) => ({
      ...after,
      tasks: after.owner === 'web.shop' ? { ...after.tasks, 'web-1-gone': left } : after.tasks,
      version: 1,
    }));
    const state = snapshot({ hosts, directory: directory({ names }), settings: settings() });
    const first = planDirectory(state, ZONE, NOW);
    expect(first.names).toEqual([]);
    expect(planDirectory({ ...state }, ZONE, NOW + LEFT_KEPT_MS)).toBe(first);
    expect(planDirectory(state, ZONE, NOW + LEFT_KEPT_MS + 1).names).toHaveLength(1);
    const more = { ...state, hosts: [...hosts, hostView(host('b'))] };
    expect(planDirectory(more, ZONE, NOW).names.map(({ after }) => after.owner)).toEqual(['h-b']);
  });

  it('at most so many names lose everything in one pass', () => {
    const names = Array.from({ length: VANISHING_MAX + 7 }, (_, index) =>
      directoryName(
        `s${index}.shop`,
        {},
        { records: [{ name: `s${index}.shop.${ZONE}`, type: 'A', ttlSeconds: 10, values: ['10.0.0.1'] }] },
      ),
    );
    const result = plan([], directory({ names }));
    expect([result.names.length, result.postponed]).toEqual([VANISHING_MAX, 7]);
  });
});

describe('batches', () => {
  it('carry the fence: the plan before is deleted, the next one created', () => {
    expect(fenceChanges(ZONE, 41).map((change) => [change.action, change.record.values[0]])).toEqual([
      ['DELETE', '"plan=41"'],
      ['CREATE', '"plan=42"'],
    ]);
    expect(fenceChanges(ZONE, 0).map((change) => change.action)).toEqual(['CREATE']);
    expect(
      planInZone(
        fenceChanges(ZONE, 41)
          .slice(1)
          .map((change) => change.record),
        ZONE,
      ),
    ).toBe(42);
  });

  it('stay within Route 53’s limits and lose nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 60 }), (sizes) => {
        const names = sizes.map((size, index) => {
          const record: RecordSet = {
            name: `n${index}`,
            type: 'A',
            ttlSeconds: 10,
            // Of short values the number is what counts, of long ones their characters.
            values: Array.from({ length: size }, () => (index % 2 === 0 ? '10.1.1.1' : 'h'.repeat(90))),
          };
          const after = directoryName(`n${index}`, {}, { records: [record] });
          return { before: null, after, changes: [{ action: 'UPSERT' as const, record }] };
        });
        const batches = inBatches(names);
        expect(batches.flat()).toEqual(names);
        for (const batch of batches.filter((one) => one.length > 1)) {
          const values = batch.flatMap((name) => name.changes).flatMap(({ record }) => record.values);
          expect(2 * values.join('').length).toBeLessThanOrEqual(BATCH_CHARACTERS_MAX);
          expect(2 * values.length).toBeLessThanOrEqual(BATCH_VALUES_MAX);
        }
      }),
    );
  });

  it('give the SOA the zone’s TTL twice over', () => {
    const soa: RecordSet = {
      name: ZONE,
      type: 'SOA',
      ttlSeconds: 900,
      values: ['ns. host. 1 7200 900 1209600 86400'],
    };
    expect(soaChange(soa, 10).record).toMatchObject({
      ttlSeconds: 10,
      values: ['ns. host. 1 7200 900 1209600 10'],
    });
  });
});

describe('the difference of two lists', () => {
  const anyRecords = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      values: fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 }),
    }),
    { selector: (one) => one.name },
  );

  it('applied to the first gives the second', () => {
    fc.assert(
      fc.property(anyRecords, anyRecords, (from, to) => {
        const records = (list: typeof from): RecordSet[] =>
          list.map(({ name, values }) => ({ name, type: 'A', ttlSeconds: 10, values: [...values].sort() }));
        const zone = new Map(records(from).map((record) => [record.name, record]));
        for (const { action, record } of diffRecords(records(from), records(to))) {
          if (action === 'DELETE') expect(zone.get(record.name)).toEqual(record);
          if (action === 'DELETE') zone.delete(record.name);
          else zone.set(record.name, record);
        }
        expect(new Set(zone.values())).toEqual(new Set(records(to)));
      }),
    );
  });
});

describe('reading the zone anew', () => {
  it('takes over what is there, keeps who leaves, and leaves strangers alone', () => {
    const mine = directoryName('web.shop', {
      [a.task]: { state: 'in', plan: 3, ttlSeconds: 10, serving: true },
    });
    const zone: RecordSet[] = [
      { name: `_berth-plan.${ZONE}`, type: 'TXT', ttlSeconds: 60, values: ['"plan=9"'] },
      {
        name: `_http._tcp.web.shop.${ZONE}`,
        type: 'SRV',
        ttlSeconds: 10,
        values: [`0 1 20001 h-a.${ZONE}.`],
      },
      {
        name: `_http._tcp.api.shop.${ZONE}`,
        type: 'SRV',
        ttlSeconds: 10,
        values: [`0 1 20002 h-a.${ZONE}.`],
      },
      { name: `printer.office.${ZONE}`, type: 'A', ttlSeconds: 10, values: ['10.9.9.9'] },
    ];
    const read = resync(directory({ names: [mine] }), zone, ZONE);
    expect(read.head).toMatchObject({ plan: 9, pending: [] });
    expect(
      read.names.map((name) => [name.owner, name.records.length, Object.keys(name.tasks).length]),
    ).toEqual([
      ['web.shop', 1, 1],
      ['api.shop', 1, 0],
    ]);
  });

  it.each([
    [`h-abc.${ZONE}`, 'h-abc'],
    [`_http._tcp.web.shop.${ZONE}`, 'web.shop'],
    [`web-1.web.shop.${ZONE}`, 'web.shop'],
    [`stranger.${ZONE}`, null],
    ['web.shop.example.com', null],
  ])('%s belongs to %s', (name, owner) => expect(ownerOf(name, ZONE)).toBe(owner));
});

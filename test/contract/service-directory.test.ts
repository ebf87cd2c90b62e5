/** The zone: over the strict model in memory, and through the SDK, the local Route 53 and the emulator; the same cases. */
import { expect } from '@jest/globals';
import { CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { route53Clients } from '../../functions/adapters/route53/client.ts';
import { route53ServiceDirectory } from '../../functions/adapters/route53/service-directory.ts';
import type { RecordChange, RecordSet, RecordType } from '../../functions/core/model/directory.ts';
import { NotFoundError, ThrottledError } from '../../functions/usecases/errors.ts';
import type { ServiceDirectory } from '../../functions/usecases/ports.ts';
import type { Faults } from '../../local/route53/model/faults.ts';
import { startRoute53Server } from '../../local/route53/server.ts';
import { clientOptions } from '../support/client-options.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import type { Case } from '../support/contract.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { inMemoryServiceDirectory } from '../support/in-memory/service-directory.ts';
import { freePort } from '../support/ministack.ts';
import { overEmulator } from '../support/over-emulator.ts';

interface Subject {
  readonly directory: ServiceDirectory;
  readonly clock: FakeClock;
  readonly faults: Faults;
}

const ZONE = 'berth.internal';
/** How often the SDK asks when it is throttled; the model in memory is asked once. */
const ATTEMPTS = 2;
const record = (name: string, type: RecordType, ...values: string[]): RecordSet => ({
  name: `${name}.${ZONE}`,
  type,
  ttlSeconds: 10,
  values,
});
const change = (action: RecordChange['action'], set: RecordSet): RecordChange => ({ action, record: set });
const fence = (plan: number): RecordSet => record('_plan', 'TXT', `"plan=${plan}"`);
const ours = async (directory: ServiceDirectory): Promise<readonly RecordSet[]> =>
  (await directory.list()).filter((set) => set.type !== 'SOA');
const apply = async ({ directory, clock }: Subject, ...changes: RecordChange[]) => {
  const outcome = await directory.apply(changes, 'a case');
  clock.set(clock.nowMs() + 1_000);
  return outcome;
};

const cases: readonly Case<Subject>[] = [
  [
    'holds only the SOA at first: NS is not ours',
    async ({ directory }) => {
      const [soa, ...rest] = await directory.list();
      expect(rest).toEqual([]);
      expect(soa).toMatchObject({ name: ZONE, type: 'SOA', ttlSeconds: 900 });
    },
  ],
  [
    'gives records back as they were written, values sorted',
    async (subject) => {
      const a = record('web.shop', 'A', '10.0.0.2', '10.0.0.1');
      const srv = record('_http._tcp.web.shop', 'SRV', `1 1 20001 h-a.${ZONE}`);
      const txt = record('_plan', 'TXT', '"plan=41" "second \\"string\\""');
      const changes = [a, srv, txt].map((set) => change('CREATE', set));
      expect(await apply(subject, ...changes)).toMatchObject({ kind: 'accepted' });
      const listed = await ours(subject.directory);
      expect(listed).toHaveLength(3);
      expect(listed).toEqual(expect.arrayContaining([{ ...a, values: ['10.0.0.1', '10.0.0.2'] }, srv, txt]));
    },
  ],
  [
    'reads names without final dot, escapes and capitals',
    async (subject) => {
      await apply(subject, change('CREATE', record('*.Web.SHOP', 'A', '10.0.0.1')));
      expect(await ours(subject.directory)).toEqual([record('*.web.shop', 'A', '10.0.0.1')]);
      const gone = await apply(subject, change('DELETE', record('*.web.shop', 'A', '10.0.0.1')));
      expect(gone.kind).toBe('accepted');
      expect(await ours(subject.directory)).toEqual([]);
    },
  ],
  [
    'lets the fence through once: the later writer of the same plan loses its whole batch',
    async (subject) => {
      await apply(subject, change('CREATE', fence(1)));
      const step = [change('DELETE', fence(1)), change('CREATE', fence(2))];
      const winner = await apply(subject, ...step, change('UPSERT', record('a', 'A', '10.0.0.1')));
      const loser = await apply(subject, ...step, change('UPSERT', record('a', 'A', '10.0.0.9')));
      expect([winner.kind, loser.kind]).toEqual(['accepted', 'rejected']);
      expect(await ours(subject.directory)).toEqual(
        expect.arrayContaining([fence(2), record('a', 'A', '10.0.0.1')]),
      );
    },
  ],
  [
    'refuses a whole batch for one name that it does not take, and takes the others without it',
    async (subject) => {
      const somebodys = { ...record('web.shop', 'A', `elsewhere.${ZONE}`), type: 'CNAME' as RecordType };
      await apply(subject, change('CREATE', fence(1)), change('CREATE', somebodys));
      const step = [change('DELETE', fence(1)), change('CREATE', fence(2))];
      const taken = change('CREATE', record('api.shop', 'A', '10.0.0.1'));
      const notTaken = change('CREATE', record('web.shop', 'A', '10.0.0.2'));
      const whole = await apply(subject, ...step, taken, notTaken);
      expect(whole).toMatchObject({ kind: 'rejected', message: expect.stringContaining('web.shop') });
      expect(await ours(subject.directory)).toEqual([fence(1)]);
      expect(await apply(subject, ...step, notTaken)).toMatchObject({ kind: 'rejected' });
      expect(await apply(subject, ...step, taken)).toMatchObject({ kind: 'accepted' });
      expect(await ours(subject.directory)).toEqual(expect.arrayContaining([fence(2), taken.record]));
    },
  ],
  [
    'rejects, and applies nothing of, a batch with a DELETE that does not match or a CREATE of what is there',
    async (subject) => {
      await apply(subject, change('CREATE', record('a', 'A', '10.0.0.1')));
      const other = change('UPSERT', record('b', 'A', '10.0.0.1'));
      const wrong = [
        change('DELETE', record('a', 'A', '10.0.0.2')),
        change('DELETE', { ...record('a', 'A', '10.0.0.1'), ttlSeconds: 11 }),
        change('DELETE', record('missing', 'A', '10.0.0.1')),
        change('CREATE', record('a', 'A', '10.0.0.1')),
        change('UPSERT', record('c', 'A', 'no address')),
      ];
      for (const one of wrong) expect((await apply(subject, other, one)).kind).toBe('rejected');
      expect(await ours(subject.directory)).toEqual([record('a', 'A', '10.0.0.1')]);
    },
  ],
  [
    'says what was wrong with a rejected batch',
    async (subject) => {
      const outcome = await apply(subject, change('DELETE', fence(7)));
      expect(outcome).toMatchObject({ kind: 'rejected', message: expect.stringMatching(/not found/i) });
    },
  ],
  [
    'is in sync after the delay, not before',
    async ({ directory, clock, faults }) => {
      faults.propagationMs = 8_000;
      const outcome = await directory.apply([change('CREATE', record('a', 'A', '10.0.0.1'))], 'a case');
      if (outcome.kind !== 'accepted') throw new Error(outcome.message);
      clock.set(clock.nowMs() + 7_999);
      expect(await directory.isInSync(outcome.changeId)).toBe(false);
      clock.set(clock.nowMs() + 1);
      expect(await directory.isInSync(outcome.changeId)).toBe(true);
    },
  ],
  [
    'lists a change before it is in sync',
    async ({ directory, faults }) => {
      faults.propagationMs = 60_000;
      await directory.apply([change('CREATE', fence(1))], 'a case');
      expect(await ours(directory)).toEqual([fence(1)]);
    },
  ],
  [
    'knows no change that never was',
    async ({ directory }) => {
      await expect(directory.isInSync('C0000000000000')).rejects.toThrow(NotFoundError);
    },
  ],
  [
    'is throttled while an earlier batch of the zone is still being taken in',
    async ({ directory, clock }) => {
      const next = (plan: number) => directory.apply([change('UPSERT', fence(plan))], 'a case');
      expect((await next(1)).kind).toBe('accepted');
      expect((await next(2)).kind).toBe('throttled');
      clock.set(clock.nowMs() + 1_000);
      expect((await next(2)).kind).toBe('accepted');
    },
  ],
  [
    'is throttled past the request rate of the account, and nothing is applied',
    async (subject) => {
      const kinds: string[] = [];
      for (let call = 0; call < 6; call += 1)
        kinds.push((await subject.directory.apply([change('DELETE', fence(call))], 'a case')).kind);
      expect(kinds).toEqual([...Array<string>(5).fill('rejected'), 'throttled']);
    },
  ],
  [
    'throws ThrottledError when reading is throttled again and again',
    async ({ directory, faults }) => {
      faults.throttleNext(ATTEMPTS);
      await expect(directory.list()).rejects.toThrow(ThrottledError);
    },
  ],
  [
    'throws when the answer is lost: the zone alone knows that the batch was applied',
    async (subject) => {
      subject.faults.loseReplyNext('ChangeResourceRecordSets');
      await expect(apply(subject, change('CREATE', fence(1)))).rejects.toThrow();
      expect(await ours(subject.directory)).toEqual([fence(1)]);
    },
  ],
  [
    'reads every page, in the order of the zone, without loss or repetition: 700 sets',
    async (subject) => {
      const sets = Array.from({ length: 700 }, (_, index) =>
        record(`r${String(index).padStart(3, '0')}`, 'A', `10.0.${index >> 8}.${index & 255}`),
      );
      expect((await apply(subject, ...sets.map((set) => change('CREATE', set)))).kind).toBe('accepted');
      expect(await ours(subject.directory)).toEqual(sets);
    },
  ],
  [
    'sets TTL and minimum of the SOA',
    async (subject) => {
      const [soa] = await subject.directory.list();
      const values = [soa!.values[0]!.replace(/\d+$/, '10')];
      const wanted = { ...soa!, ttlSeconds: 10, values };
      expect((await apply(subject, change('UPSERT', wanted))).kind).toBe('accepted');
      expect(await subject.directory.list()).toEqual([wanted]);
    },
  ],
  [
    'cuts a long comment instead of failing the batch',
    async ({ directory }) => {
      const outcome = await directory.apply([change('CREATE', fence(1))], 'x'.repeat(400));
      expect(outcome.kind).toBe('accepted');
    },
  ],
];

const overWire = overEmulator<Subject>('Route 53 gateway', async (emulator) => {
  const clock = fakeClock();
  const port = await freePort();
  const server = await startRoute53Server({
    emulator: emulator.endpoint,
    listen: [{ address: '127.0.0.1', port }],
    now: () => clock.nowMs(),
  });
  const admin = new Route53Client(clientOptions(emulator));
  const clients = route53Clients({
    ...clientOptions({ endpoint: `http://127.0.0.1:${port}` }),
    // The adaptive mode waits for seconds between attempts.
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
  });
  const initialMs = server.service.model.faults.propagationMs;
  return {
    fresh: async () => {
      const { HostedZone: zone } = await admin.send(
        new CreateHostedZoneCommand({
          Name: ZONE,
          CallerReference: crypto.randomUUID(),
          VPC: { VPCId: `vpc-${crypto.randomUUID().slice(0, 8)}`, VPCRegion: 'us-east-1' },
        }),
      );
      await server.service.refresh();
      server.service.model.faults.propagationMs = initialMs;
      // A full bucket and nothing under way, whatever the case before did.
      clock.set(clock.nowMs() + 60_000);
      const directory = route53ServiceDirectory({ clients, zoneId: zone!.Id!.replace('/hostedzone/', '') });
      return { directory, clock, faults: server.service.model.faults };
    },
    close: async () => {
      admin.destroy();
      await server.close();
    },
  };
});

contractSuite<Subject>(
  'ServiceDirectory',
  [
    inProcess('in memory', () => {
      const clock = fakeClock();
      const directory = inMemoryServiceDirectory({ clock, zone: ZONE });
      return { directory, clock, faults: directory.model.faults };
    }),
    overWire,
  ],
  cases,
);

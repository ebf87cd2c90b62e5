/** `berth destroy` over a scripted API and an account in memory: its order, its proof, and when it stops. */
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { textOf } from '../../../cli/destroy/aws/cloudformation.ts';
import { splitRecords } from '../../../cli/destroy/ours.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { formOf } from '../../../functions/core/discovery/ours.ts';
import { fakeAccount } from './support/fake-account.ts';
import { startFakeApi, type FakeApi, type Seen } from './support/fake-api.ts';
import { runHere } from './support/in-process.ts';
import { hostView, replica, SETTINGS, stackDetail } from './support/samples.ts';

let fake: FakeApi | null = null;
afterEach(async () => {
  await fake?.close();
  fake = null;
});

/** A control plane with one stack on one host, which does what it is asked. */
async function controlPlane(onTerminated: () => void = () => undefined): Promise<string> {
  const state = {
    stack: true,
    replicas: true,
    host: hostView({ host: 'h-abc123', state: 'ready' }),
  };
  fake = await startFakeApi(({ method, path }: Seen) => {
    if (path === '/v1/version')
      return { body: { version: '0.1.0', cluster: 'prod', zone: 'berth.internal', region: 'eu-central-1' } };
    if (path === '/v1/cluster') return { body: SETTINGS };
    if (method === 'DELETE') {
      state.stack = false;
      return { body: { stack: 'shop', state: 'removing' } };
    }
    if (method === 'PUT') {
      state.host = { ...state.host, state: 'terminated' };
      onTerminated();
      return { body: state.host };
    }
    if (path === '/v1/stacks') return { body: state.stack ? [stackDetail()] : [] };
    if (path === '/v1/replicas') {
      const body = state.replicas ? [replica()] : [];
      state.replicas = state.stack;
      return { body };
    }
    return { body: [state.host] };
  });
  return fake.endpoint;
}
const changes = () =>
  (fake?.seen ?? []).filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

describe('destroy', () => {
  it('closes the pool, removes stacks, drains hosts, empties the zone, deletes the stack, and proves it', async () => {
    const { account, state } = fakeAccount();
    const endpoint = await controlPlane(() => (state.instances = []));
    const run = await runHere(['destroy', '--json'], { endpoint, account, typed: 'prod' });
    expect(changes()).toEqual([
      'PATCH /v1/cluster',
      'DELETE /v1/stacks/shop',
      'PUT /v1/hosts/h-abc123/drain',
    ]);
    expect(
      JSON.parse(fake?.seen.find(({ method }) => method === 'PATCH')?.body.toString() ?? ''),
    ).toMatchObject({
      pool: { hostsMax: 0 },
    });
    expect(state.done).toEqual(['delete 2 records', 'delete stack']);
    expect(JSON.parse(run.stdout)).toEqual({
      cluster: 'prod',
      instances: [],
      volumes: [],
      interfaces: [],
      records: null,
      parameters: [],
      stack: null,
      retained: { table: 'berth-table' },
    });
    expect(run.code).toBe(EXIT.ok);
  });

  it('asks for the name of the cluster, and does nothing for another one', async () => {
    const { account, state } = fakeAccount();
    const endpoint = await controlPlane();
    const wrong = await runHere(['destroy'], { endpoint, account, typed: 'staging' });
    expect([wrong.code, wrong.stderr]).toEqual([
      EXIT.badInput,
      expect.stringContaining('"staging" is not prod'),
    ]);
    const nobody = await runHere(['destroy'], { endpoint, account });
    expect([nobody.code, nobody.stderr]).toEqual([EXIT.badInput, expect.stringContaining('add --yes')]);
    expect([changes(), state.done]).toEqual([[], []]);
  });

  it('without a control plane needs --force, then terminates by tag and tells how to remove the table', async () => {
    const { account, state } = fakeAccount();
    const away = { endpoint: 'http://127.0.0.1:9', account };
    const refused = await runHere(['destroy', '--yes'], away);
    expect([refused.code, refused.stderr]).toEqual([EXIT.noAccess, expect.stringContaining('add --force')]);
    expect(state.done).toEqual([]);
    const run = await runHere(['destroy', '--yes', '--force'], away);
    expect(state.done).toEqual(['terminate i-0aaaaaaaaaaaaaaaa', 'delete 2 records', 'delete stack']);
    expect(run.stdout).toContain('aws dynamodb delete-table --region eu-central-1 --table-name berth-table');
    expect(run.code).toBe(EXIT.ok);
  });

  it('looks at the zone again when the control plane has changed it since it was listed', async () => {
    const { account, state } = fakeAccount();
    let changes = 0;
    const busy = {
      ...account,
      records: async (zoneId: string) => {
        const zone = await account.records(zoneId);
        changes += 1;
        // The host's record goes by itself, after it was listed.
        if (changes === 1) state.records = state.records.filter(({ type }) => type !== 'A');
        return zone;
      },
    };
    const run = await runHere(['destroy', '--yes', '--force'], {
      endpoint: 'http://127.0.0.1:9',
      account: busy,
    });
    expect([run.code, state.done.slice(1)]).toEqual([EXIT.ok, ['delete 1 records', 'delete stack']]);
    expect(run.stdout).toContain('h-4f7k2m9x1c.berth.internal; Route 53 says: tried to delete');
  });

  it('leaves a zone alone that holds somebody else’s records, and says which', async () => {
    const { account, state } = fakeAccount();
    state.records.push({ name: 'printer.berth.internal', type: 'A', ttlSeconds: 60, values: ['10.9.9.9'] });
    const run = await runHere(['destroy', '--yes', '--force'], { endpoint: 'http://127.0.0.1:9', account });
    expect([run.code, run.stderr]).toEqual([
      EXIT.failed,
      expect.stringContaining('A printer.berth.internal'),
    ]);
    expect(state.done).toEqual(['terminate i-0aaaaaaaaaaaaaaaa']);
  });

  it('tells what CloudFormation could not delete, and why', async () => {
    const { account, state } = fakeAccount();
    const stuck = { ...account, deleteStack: () => Promise.resolve(void (state.stack = 'DELETE_FAILED')) };
    const run = await runHere(['destroy', '--yes', '--force'], {
      endpoint: 'http://127.0.0.1:9',
      account: stuck,
    });
    expect([run.code, run.stderr]).toEqual([EXIT.failed, expect.stringContaining('NetworkHosts: in use')]);
  });

  it('ends with 1 when something with our tags is left all the same', async () => {
    const { account, state } = fakeAccount();
    state.volumes = ['vol-1'];
    const run = await runHere(['destroy', '--yes', '--force'], { endpoint: 'http://127.0.0.1:9', account });
    expect(run.code).toBe(EXIT.failed);
    expect(run.stdout).toMatch(/volumes +vol-1/);
  });
});

describe('records of a zone', () => {
  it('are told apart exactly as the control plane tells them', () => {
    const zone = 'berth.internal';
    const label = fc.constantFrom(
      'web',
      'shop',
      'web-1',
      'h-abc',
      '_http',
      '_tcp',
      'printer',
      'a-b-2',
      'a-b',
      'h_x',
    );
    const name = fc
      .array(label, { minLength: 1, maxLength: 4 })
      .map((labels) => `${labels.join('.')}.${zone}`);
    const value = fc.constantFrom(
      `0 1 20001 h-abc.${zone}.`,
      '10.0.0.1',
      `0 1 1 mail.${zone}.`,
      '0 1 1 h-abc.other.',
    );
    const record = fc.record({
      name,
      type: fc.constantFrom('A' as const, 'SRV' as const, 'TXT' as const),
      ttlSeconds: fc.constant(10),
      values: fc.array(value, { minLength: 1, maxLength: 2 }),
    });
    fc.assert(
      fc.property(record, (one) => {
        const isOurs = splitRecords([one], zone).ours.length === 1;
        expect(isOurs).toBe(formOf(one, zone) === 'clear');
      }),
    );
  });

  it('of two labels are ours in company only', () => {
    const zone = 'berth.internal';
    const a = (name: string) => ({
      name: `${name}.${zone}`,
      type: 'A',
      ttlSeconds: 10,
      values: ['10.0.0.1'],
    });
    expect(splitRecords([a('web.shop')], zone).ours).toEqual([]);
    expect(splitRecords([a('web.shop'), a('web-1.web.shop')], zone).others).toEqual([]);
  });
});

describe('CloudFormation’s XML', () => {
  it('is read with its entities', () => {
    const xml = '<a><StackStatusReason>it&apos;s &lt;3 &#38; &#x263A; &amp;amp;</StackStatusReason></a>';
    expect(textOf(xml, 'StackStatusReason')).toBe("it's <3 & \u263A &amp;");
    expect(textOf(xml, 'Nothing')).toBeNull();
  });
});

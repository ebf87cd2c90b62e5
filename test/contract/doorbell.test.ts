/** The doorbell: the twin, and the adapter over the local gateway's wire, with IAM asked by the emulator. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { webSocketDoorbell } from '../../functions/adapters/websocket/doorbell.ts';
import { ForbiddenError } from '../../functions/usecases/errors.ts';
import type { Doorbell } from '../../functions/usecases/ports.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { contractSuite, type Case, type Implementation } from '../support/contract.ts';
import { inMemoryDoorbell } from '../support/in-memory/doorbell.ts';
import { startMinistack, type Credentials, type Ministack } from '../support/ministack.ts';
import { overEmulator } from '../support/over-emulator.ts';
import { socketAccount, type SocketAccount } from './doorbell/socket-account.ts';

interface Opened {
  readonly connection: string;
  readonly heard: readonly unknown[];
  close(): Promise<void> | void;
}
interface Subject {
  readonly doorbell: Doorbell;
  readonly open: () => Promise<Opened>;
}

const arn = (what: string): string => `arn:aws:execute-api:us-east-1:000000000000:*/live/${what}`;
const MAY_CONNECT = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: arn('$connect') }];
const MAY_POST = [
  { Effect: 'Allow', Action: 'execute-api:ManageConnections', Resource: arn('POST/@connections/*') },
];

/** The keys and the endpoint that the adapter finds in its environment. */
function actAs(keys: Credentials, account: SocketAccount): void {
  process.env['AWS_REGION'] = 'us-east-1';
  process.env['AWS_ACCESS_KEY_ID'] = keys.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = keys.secretAccessKey;
  delete process.env['AWS_SESSION_TOKEN'];
  process.env['AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI'] = `http://127.0.0.1:${account.gateway.port}`;
}

const adapter = (): Doorbell => webSocketDoorbell({ endpoint: 'https://unused.invalid/live' });

async function openOne(account: SocketAccount, keys: Credentials): Promise<Opened> {
  const known = new Set(account.gateway.connections().map(({ id }) => id));
  const heard: unknown[] = [];
  const socket = await account.open(keys, 'h-test000001', {
    onText: (text) => heard.push(JSON.parse(text)),
    onEnd: () => undefined,
  });
  const connection = account.gateway.connections().find(({ id }) => !known.has(id))?.id ?? '';
  const gone = () =>
    Promise.resolve(!account.gateway.connections().some(({ id }) => id === connection) || undefined);
  return {
    connection,
    heard,
    close: async () => {
      socket.close();
      await waitUntil(gone, { what: 'the socket to be gone', timeoutMs: 5000, everyMs: 10 });
    },
  };
}

const overWire: Implementation<Subject> = overEmulator('API Gateway’s wire', async (emulator) => {
  const account = await socketAccount(emulator);
  const [host, reconcile] = [
    await emulator.user('host', MAY_CONNECT),
    await emulator.user('reconcile', MAY_POST),
  ];
  actAs(reconcile, account);
  return {
    fresh: () => Promise.resolve({ doorbell: adapter(), open: () => openOne(account, host) }),
    close: () => account.close(),
  };
});

const inMemory: Implementation<Subject> = {
  name: 'in memory',
  open: () =>
    Promise.resolve({
      fresh: () => {
        const doorbell = inMemoryDoorbell();
        return Promise.resolve({ doorbell, open: () => Promise.resolve(doorbell.open()) });
      },
      close: () => Promise.resolve(),
    }),
};

const heardBy = (one: Opened, count: number): Promise<readonly unknown[]> =>
  waitUntil(() => Promise.resolve(one.heard.length >= count ? one.heard : undefined), {
    what: `${count} messages`,
    timeoutMs: 5000,
    everyMs: 10,
  });

const cases: readonly Case<Subject>[] = [
  [
    'brings each message to its connection and to no other, in order',
    async ({ doorbell, open }) => {
      const [one, other] = [await open(), await open()];
      expect(await doorbell.answer(one.connection, true)).toBe('rung');
      expect(await doorbell.ring(one.connection, 7)).toBe('rung');
      expect(await doorbell.answer(other.connection, false)).toBe('rung');
      expect(await heardBy(one, 2)).toEqual([{ known: true }, { generation: 7 }]);
      expect(await heardBy(other, 1)).toEqual([{ known: false }]);
      await one.close();
      await other.close();
    },
  ],
  [
    'says of a connection that has ended that it is gone',
    async ({ doorbell, open }) => {
      const one = await open();
      await one.close();
      expect(await doorbell.ring(one.connection, 1)).toBe('gone');
      expect(await doorbell.answer(one.connection, true)).toBe('gone');
    },
  ],
  [
    'says of a connection that never was that it is gone',
    async ({ doorbell }) => {
      expect(await doorbell.ring('AAAAAAAAAAAAAAA=', 1)).toBe('gone');
    },
  ],
];

contractSuite('Doorbell', [inMemory, overWire], cases);

describe('the gateway of WebSocket APIs', () => {
  let emulator: Ministack;
  let account: SocketAccount;
  const silent = { onText: () => undefined, onEnd: () => undefined };
  beforeAll(async () => {
    emulator = await startMinistack();
    account = await socketAccount(emulator);
  }, 60_000);
  afterAll(async () => {
    await emulator.stop();
    await account.close();
  }, 60_000);

  it('opens no socket for who may not connect, signs wrongly, or is refused by the function', async () => {
    const may = await emulator.user('may-connect', MAY_CONNECT);
    const mayNot = await emulator.user('may-only-post', MAY_POST);
    const forged = { ...may, secretAccessKey: 'x'.repeat(40) };
    for (const [keys, host] of [
      [mayNot, 'h-test000001'],
      [forged, 'h-test000001'],
      [may, 'h-refused'],
    ] as const)
      await expect(account.open(keys, host, silent)).rejects.toMatchObject({ status: 403 });
    expect(account.gateway.connections()).toEqual([]);
  });

  it('takes no message from who may not manage connections', async () => {
    const may = await emulator.user('may-connect-too', MAY_CONNECT);
    actAs(may, account);
    const one = await openOne(account, may);
    await expect(adapter().ring(one.connection, 1)).rejects.toThrow(ForbiddenError);
    await one.close();
  });

  it('has API Gateway’s limits: idle and old sockets end, and there are only so many new ones a second', async () => {
    const may = await emulator.user('may-connect-often', MAY_CONNECT);
    const before = { ...account.gateway.limits };
    expect(before).toEqual({ idleMs: 600_000, lifeMs: 7_200_000, newPerSecond: 500 });
    for (const limit of ['idleMs', 'lifeMs'] as const) {
      const ends: string[] = [];
      account.gateway.limits[limit] = 300;
      await account.open(may, 'h-test000001', { ...silent, onEnd: (why) => ends.push(why) });
      await waitUntil(() => Promise.resolve(ends[0]), { what: limit, timeoutMs: 5000, everyMs: 20 });
      expect(ends[0]).toContain('1001');
      Object.assign(account.gateway.limits, before);
    }
    account.gateway.limits.newPerSecond = 0;
    await expect(account.open(may, 'h-test000001', silent)).rejects.toMatchObject({ status: 429 });
    Object.assign(account.gateway.limits, before);
  });
});

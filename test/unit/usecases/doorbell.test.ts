/** Who is rung, when, and what becomes of connections that are gone. */
import { describe, expect, it } from '@jest/globals';
import { hostId } from '../../../functions/core/model/ids.ts';
import { answerHello, closeSocket, openSocket } from '../../../functions/usecases/answer-doorbell.ts';
import { ConflictError, ForbiddenError, ThrottledError } from '../../../functions/usecases/errors.ts';
import { createRinger, RINGING_MS, RINGS_AT_ONCE, YOUNG_MS } from '../../../functions/usecases/ring-hosts.ts';
import { fakeClock, NOON_MS } from '../../support/fake-clock.ts';
import { inMemoryDoorbell } from '../../support/in-memory/doorbell.ts';
import { inMemoryHostStore } from '../../support/in-memory/host-store.ts';
import { inMemorySocketStore } from '../../support/in-memory/socket-store.ts';
import { aHost, HOST } from '../../support/stored-rows.ts';

function scene() {
  const [clock, sockets, doorbell, hosts] = [
    fakeClock(),
    inMemorySocketStore(),
    inMemoryDoorbell(),
    inMemoryHostStore(),
  ];
  const deps = { clock, sockets, doorbell, hosts };
  const caller = { host: HOST as string, instanceId: 'i-0123456789abcdef0' };
  const present = () => hosts.putHost(aHost({ state: 'ready', instanceId: caller.instanceId }), 0);
  return { ...deps, deps, caller, present };
}

describe('a host that opens its socket', () => {
  it('is rung on it from then on, and told so', async () => {
    const { deps, caller, present, doorbell } = scene();
    await present();
    const { connection, heard } = doorbell.open();
    await openSocket(deps)(caller, { connection, connectedAtMs: NOON_MS });
    const another = doorbell.open();
    await answerHello(deps)(doorbell, connection, HOST);
    await answerHello(deps)(doorbell, another.connection, HOST);
    expect(another.heard).toEqual([{ known: false }]);
    const ringer = createRinger(deps);
    ringer.ring(HOST, 7);
    expect(await ringer.settled()).toEqual({ rung: 1, without: 0, failed: 0, skipped: 0 });
    expect(heard).toEqual([{ known: true }, { generation: 7 }]);
  });

  it('must be the host that it says it is, and alive', async () => {
    const { deps, caller, present, sockets, hosts } = scene();
    const opened = { connection: 'a', connectedAtMs: NOON_MS };
    await expect(openSocket(deps)(caller, opened)).rejects.toThrow(ForbiddenError);
    await present();
    const stranger = { ...caller, instanceId: 'i-0aaaaaaaaaaaaaaaa' };
    await expect(openSocket(deps)(stranger, opened)).rejects.toThrow(ForbiddenError);
    await hosts.putHost(aHost({ state: 'terminating', instanceId: caller.instanceId }), 1);
    await expect(openSocket(deps)(caller, opened)).rejects.toThrow(ForbiddenError);
    expect(sockets.faults.calls('put')).toBe(0);
  });

  it('keeps its newer socket when an older handshake comes late, or the older socket closes', async () => {
    const { deps, caller, present, sockets } = scene();
    await present();
    await openSocket(deps)(caller, { connection: 'old', connectedAtMs: NOON_MS });
    await openSocket(deps)(caller, { connection: 'new', connectedAtMs: NOON_MS + 1 });
    const late = openSocket(deps)(caller, { connection: 'late', connectedAtMs: NOON_MS });
    await expect(late).rejects.toThrow(ConflictError);
    await closeSocket(deps)('old');
    expect((await sockets.get(HOST))?.connection).toBe('new');
    await closeSocket(deps)('new');
    await closeSocket(deps)('new');
    expect(await sockets.get(HOST)).toBeNull();
  });
});

describe('a ring', () => {
  const many = Array.from({ length: 200 }, (_, index) => hostId(`h-${String(index).padStart(10, '0')}`));

  it('to a connection that is gone forgets it, unless its handshake may not be over yet', async () => {
    const { deps, sockets, clock } = scene();
    await sockets.put({ host: HOST, connection: 'gone', connectedAtMs: clock.nowMs() });
    const ringOnce = async () => {
      const ringer = createRinger(deps);
      ringer.ring(HOST, 1);
      return ringer.settled();
    };
    expect(await ringOnce()).toMatchObject({ without: 1 });
    expect(await sockets.get(HOST)).not.toBeNull();
    await clock.advance(YOUNG_MS + 1);
    expect(await ringOnce()).toMatchObject({ without: 1 });
    expect(await sockets.get(HOST)).toBeNull();
  });

  it("that fails is counted and is nobody's error", async () => {
    const { deps, sockets, doorbell } = scene();
    const { connection } = doorbell.open();
    await sockets.put({ host: HOST, connection, connectedAtMs: NOON_MS });
    doorbell.faults.failNext('ring', new ThrottledError('told so'));
    sockets.faults.failNext('get', new Error('told so'));
    const ringer = createRinger(deps);
    ringer.ring(HOST, 1);
    ringer.ring(HOST, 2);
    expect(await ringer.settled()).toEqual({ rung: 0, without: 0, failed: 2, skipped: 0 });
    doorbell.faults.assertUsed();
  });

  it('is one of so many at once, and none begins when the time for rings is over', async () => {
    const { sockets, clock } = scene();
    for (const host of many) await sockets.put({ host, connection: host, connectedAtMs: NOON_MS });
    let [now, most, begun] = [0, 0, 0];
    const slow = {
      ring: async () => {
        begun += 1;
        most = Math.max(most, (now += 1));
        await new Promise(setImmediate);
        if (begun % RINGS_AT_ONCE === 0) await clock.advance(RINGING_MS / 2 + 1);
        now -= 1;
        return 'rung' as const;
      },
    };
    const ringer = createRinger({ sockets, doorbell: slow, clock });
    for (const host of many) ringer.ring(host, 1);
    const counts = await ringer.settled();
    expect(most).toBe(RINGS_AT_ONCE);
    expect(counts.rung + counts.skipped).toBe(many.length);
    expect(counts.rung).toBeGreaterThanOrEqual(RINGS_AT_ONCE);
    expect(counts.skipped).toBeGreaterThan(0);
  });
});

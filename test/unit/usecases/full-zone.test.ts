/** A zone takes only so many record sets (AWS: 10,000 unless it has raised the quota). Here: a dozen. */
import { describe, expect, it } from '@jest/globals';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const ZONE_ID = 'Z0000000000001';
const SETS_MAX = 12;

async function fullZone() {
  const cluster = await littleCluster({ zoneSetsMax: SETS_MAX });
  const put = async (names: readonly string[], replicas = 1): Promise<void> => {
    for (const name of names) await cluster.put(stack({ web: service({ replicas }) }, name));
  };
  const targets = (name: string) => cluster.answers('SRV', `_http._tcp.web.${name}`).length;
  const inDns = (names: readonly string[]) => names.filter((name) => targets(name) > 0);
  const told = async (code: string) =>
    (await cluster.decisions.list({ limit: 1000 })).filter((one) => one.code === code);
  const sets = () => cluster.directory.model.countSets(ZONE_ID) ?? 0;
  return { cluster, put, targets, inDns, told, sets };
}

const MANY = Array.from({ length: 20 }, (_, index) => `shop-${index}`);

describe('a zone that takes no more record sets', () => {
  it('keeps what is there, takes what fits, and says what to do', async () => {
    const { cluster, put, inDns, told, sets } = await fullZone();
    await put(['first']);
    await cluster.settle(30);
    await put(MANY);
    await cluster.settle(600);
    expect(inDns(['first'])).toEqual(['first']);
    expect(inDns(MANY).length).toBeGreaterThan(0);
    expect(inDns(MANY).length).toBeLessThan(MANY.length);
    expect(sets()).toBeLessThanOrEqual(SETS_MAX);
    const limits = (await told('dns-limit')).map(({ message }) => message);
    expect(limits).toContainEqual(
      expect.stringMatching(
        /MAX_RRSETS_BY_ZONE.*names, .* among them, are tried again from 20.*Ask AWS for a higher quota/,
      ),
    );
    expect(limits).toContainEqual(expect.stringMatching(/new replicas get no A record of their own/));
  });

  it('is not asked for each name, and read for none', async () => {
    const { cluster, put, told } = await fullZone();
    await put(MANY);
    await cluster.settle(60);
    const calls = (method: 'apply' | 'list'): number => cluster.directory.faults.calls(method);
    const [applied, read] = [calls('apply'), calls('list')];
    await cluster.settle(1800);
    // After the first wait those that still fit go one by one; of the others one is tried in each wait.
    expect(calls('apply') - applied).toBeLessThan(MANY.length);
    // The look at the zone every ten minutes, whatever happens.
    expect(calls('list') - read).toBeLessThan(10);
    expect(await told('dns-refused')).toEqual([]);
    expect(await told('dns-rejected')).toEqual([]);
  });

  it('still takes what needs no room, and gives what becomes free to those who wait', async () => {
    const { cluster, put, targets, inDns } = await fullZone();
    await put(['first'], 2);
    await cluster.settle(30);
    await put(MANY);
    await cluster.settle(300);
    for (const replicas of [1, 2]) {
      await put(['first'], replicas);
      await cluster.settle(120);
      expect(targets('first')).toBe(replicas);
    }
    const served = inDns(MANY);
    for (const name of served) await cluster.remove(name);
    await cluster.settle(1200);
    expect(inDns(served)).toEqual([]);
    expect(inDns(MANY).length).toBe(served.length);
  });

  it('names no host that has no record, whatever runs there, and does once there is room', async () => {
    const { cluster, put, targets, inDns } = await fullZone();
    const hosts = (): readonly string[] =>
      cluster
        .answers('SRV', '_http._tcp.web.first')
        .map((target) => target.split(' ')[3]?.split('.')[0] ?? '');
    const nameless = () => hosts().filter((host) => cluster.answers('A', host).length === 0);
    await put(['first']);
    await cluster.settle(30);
    await put(MANY);
    await cluster.settle(300);
    await put(['first'], 40);
    for (let minute = 0; minute < 20; minute += 1) {
      await cluster.settle(60);
      expect(nameless()).toEqual([]);
    }
    expect((await cluster.replicas()).filter(({ phase }) => phase === 'running').length).toBeGreaterThan(40);
    expect(new Set(hosts()).size).toBeLessThan((await cluster.hosts.listHosts()).length);
    expect(targets('first')).toBeGreaterThan(0);
    for (const name of inDns(MANY)) await cluster.remove(name);
    for (const name of MANY) await cluster.remove(name).catch(() => undefined);
    await cluster.settle(1200);
    expect(nameless()).toEqual([]);
    expect(targets('first')).toBe(32);
  });
});

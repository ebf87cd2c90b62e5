/** A name that Route 53 refuses (here: somebody's CNAME is in its place) holds up no other. */
import { describe, expect, it } from '@jest/globals';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const ZONE_ID = 'Z0000000000001';
const SERVICES = ['api', 'blog', 'cart', 'web'];

async function withCname() {
  const cluster = await littleCluster();
  const set = {
    name: 'web.shop.berth.internal.',
    type: 'CNAME' as const,
    ttl: 60,
    values: ['elsewhere.example.'],
  };
  const byHand = (action: 'CREATE' | 'DELETE') =>
    cluster.directory.model.changeResourceRecordSets({
      zoneId: ZONE_ID,
      changes: [{ action, set }],
      comment: '',
    });
  byHand('CREATE');
  await cluster.put(stack(Object.fromEntries(SERVICES.map((name) => [name, service()]))));
  const inDns = () => SERVICES.filter((name) => cluster.answers('SRV', `_http._tcp.${name}.shop`).length > 0);
  const refusals = async () =>
    (await cluster.decisions.list({ limit: 1000 })).filter(({ code }) => code === 'dns-refused');
  return { cluster, byHand, inDns, refusals };
}

describe('a name that Route 53 refuses', () => {
  it('is held, with the reason, what to do and when it is tried again; all others are in DNS', async () => {
    const { cluster, inDns, refusals } = await withCname();
    await cluster.settle(120);
    expect(inDns()).toEqual(['api', 'blog', 'cart']);
    const [refusal] = await refusals();
    expect(refusal).toMatchObject({ subject: 'web.shop', stack: 'shop' });
    expect(refusal?.message).toMatch(/CNAME.*tried again at .*remove it/);
    const rejected = (await cluster.decisions.list({ limit: 1000 })).find(
      ({ code }) => code === 'dns-rejected',
    );
    expect(rejected?.message).toContain('as it should be, so one of the records is the reason');
    await cluster.put(
      stack({ ...Object.fromEntries(SERVICES.map((name) => [name, service({ replicas: 2 })])) }),
    );
    await cluster.settle(20);
    for (const name of inDns()) expect(cluster.answers('SRV', `_http._tcp.${name}.shop`)).toHaveLength(2);
  });

  it('is tried alone, less and less often', async () => {
    const { cluster, refusals } = await withCname();
    await cluster.settle(1800);
    const times = (await refusals()).map(({ atMs }) => atMs).sort((a, b) => a - b);
    const pauses = times.slice(1).map((time, index) => (time - times[index]!) / 1000);
    expect(pauses.length).toBeGreaterThanOrEqual(4);
    for (const [index, pause] of pauses.slice(0, 4).entries()) {
      expect(pause).toBeGreaterThanOrEqual(60 * 2 ** index);
      expect(pause).toBeLessThan(60 * 2 ** index + 30);
    }
    expect((await cluster.events()).filter((code) => code === 'dns-rejected').length).toBeLessThanOrEqual(2);
  });

  it('is in DNS soon after what was in its way is gone', async () => {
    const { cluster, byHand, inDns } = await withCname();
    await cluster.settle(120);
    byHand('DELETE');
    await cluster.settle(130);
    expect(inDns()).toEqual(SERVICES);
  });
});

/** Rows that nobody can read (I32, row 16 of the faults), in the whole control plane on one fake clock. */
import { describe, expect, it } from '@jest/globals';
import type { UnreadableRow } from '../../../functions/core/model/unreadable.ts';
import { UnreadableError } from '../../../functions/usecases/errors.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

type Cluster = Awaited<ReturnType<typeof littleCluster>>;
type List = (left?: UnreadableRow[]) => Promise<readonly object[]>;

const shop = (version = '1') =>
  stack({ web: service({ replicas: 2, maxReplicasPerHost: 1, environment: { VERSION: version } }) });
const blog = (version = '1') =>
  stack({ site: service({ replicas: 1, environment: { VERSION: version } }) }, 'blog');

/** What lists and readings give from now on: every row but the one that is called so, which is unreadable. */
function poison(
  store: object,
  list: string,
  kind: UnreadableRow['kind'],
  subject: string,
  isIt: (row: object) => boolean,
) {
  const holder = store as Record<string, List>;
  const real = holder[list]!.bind(store);
  holder[list] = async (left) => {
    const rows = await real(left);
    const rest = rows.filter((row) => !isIt(row));
    if (rest.length === rows.length) return rows;
    const why = `stored item ${subject} has no usable "version"`;
    if (left === undefined) throw new UnreadableError(why);
    left.push({ kind, subject, why });
    return rest;
  };
  return () => Object.assign(store, { [list]: real });
}

async function settled() {
  const cluster = await littleCluster();
  await cluster.put(shop());
  await cluster.settle(120);
  await cluster.put(blog());
  await cluster.settle(60);
  expect(answers(cluster, 'web.shop')).toHaveLength(2);
  expect(answers(cluster, 'site.blog')).toHaveLength(1);
  const [host] = (await cluster.replicas())
    .filter(({ stack: name }) => name === 'blog')
    .map((one) => one.host);
  const ids = (await cluster.hosts.listHosts()).map(({ id }) => id);
  // One that runs nothing of the blog, so that the blog has nothing to do with it.
  return { cluster, host: ids.find((id) => id !== host)! };
}
const answers = (cluster: Cluster, owner: string) => cluster.answers('SRV', `_http._tcp.${owner}`);
const told = (cluster: Cluster) =>
  cluster.decisions.all().filter(({ code }) => code === 'row-unreadable').length;

/** The blog is deployed anew while the row is unreadable; the shop stays as it is, to the last record and instance. */
async function expectOnlyThatLeftOut(cluster: Cluster) {
  const shopBefore = answers(cluster, 'web.shop');
  const blogBefore = answers(cluster, 'site.blog');
  const instances = (await cluster.launcher.list()).map(({ instanceId, state }) => [instanceId, state]);
  const stops = cluster.stoppedAtMs.size;
  await cluster.put(blog('2'));
  const seen = new Set<string>();
  await cluster.settle(400, () => seen.add(JSON.stringify(answers(cluster, 'web.shop'))));
  expect([...seen]).toEqual([JSON.stringify(shopBefore)]);
  expect(answers(cluster, 'site.blog')).toHaveLength(1);
  expect(answers(cluster, 'site.blog')).not.toEqual(blogBefore);
  expect((await cluster.stack('blog')).services).toMatchObject([{ state: 'converged' }]);
  expect(cluster.stoppedAtMs.size).toBe(stops + 1);
  const after = await cluster.launcher.list();
  expect(after.map(({ instanceId, state }) => [instanceId, state]).slice(0, instances.length)).toEqual(
    instances,
  );
  expect(told(cluster)).toBe(1);
}

describe('a row that nobody can read', () => {
  it.each([
    ['host', 'listHosts'],
    ['manifest', 'listManifests'],
    ['report', 'listReports'],
    ['lease', 'listLeases'],
  ] as const)(
    'of a host, its %s: that host and what runs there stay, all else goes on',
    async (kind, list) => {
      const { cluster, host } = await settled();
      poison(
        cluster.hosts,
        list,
        kind,
        host,
        (row) => ('host' in row ? row.host : 'id' in row && row.id) === host,
      );
      await expectOnlyThatLeftOut(cluster);
    },
  );

  it('of a stack’s head or of a service: it stays as it is, all else goes on', async () => {
    for (const [list, kind, subject] of [
      ['list', 'stack', 'shop'],
      ['listServices', 'service', 'shop/web'],
    ] as const) {
      const { cluster } = await settled();
      poison(cluster.stacks, list, kind, subject, (row) =>
        'name' in row ? row.name === 'shop' : 'stack' in row && row.stack === 'shop',
      );
      await expectOnlyThatLeftOut(cluster);
    }
  });

  it('of a revision, or none where a head names one: its stack stays as it is, all else goes on', async () => {
    for (const isThere of [true, false]) {
      const { cluster } = await settled();
      const real = cluster.stacks.getRevision.bind(cluster.stacks);
      cluster.stacks.getRevision = async (name, number) => {
        if (name !== 'shop' || number === 1) return real(name, number);
        if (isThere) throw new UnreadableError('stored item has no usable "spec"');
        return null;
      };
      await cluster.put(shop('2'));
      await expectOnlyThatLeftOut(cluster);
    }
  });

  it('is decided about again as soon as it is mended', async () => {
    const { cluster, host } = await settled();
    const mend = poison(cluster.hosts, 'listHosts', 'host', host, (row) => 'id' in row && row.id === host);
    await cluster.put(shop('2'));
    const before = answers(cluster, 'web.shop');
    await cluster.settle(60);
    expect(answers(cluster, 'web.shop')).toEqual(before);
    mend();
    await cluster.settle(90);
    expect(answers(cluster, 'web.shop')).toHaveLength(2);
    expect((await cluster.stack('shop')).services).toMatchObject([{ state: 'converged', revision: 2 }]);
  });
});

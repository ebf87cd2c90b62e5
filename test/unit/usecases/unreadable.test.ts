/** Rows that nobody can read (I32, row 16 of the faults), in the whole control plane on one fake clock. */
import { describe, expect, it } from '@jest/globals';
import { UNKNOWN_HEAD, type Directory } from '../../../functions/core/model/directory.ts';
import type { UnreadableRow } from '../../../functions/core/model/unreadable.ts';
import { UnreadableError } from '../../../functions/usecases/errors.ts';
import { snapshotLoader } from '../../../functions/usecases/load-snapshot.ts';
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

  it('of the autoscaler’s number of a service: it stays as it is, all else goes on', async () => {
    const { cluster } = await settled();
    const list = cluster.scales.list.bind(cluster.scales);
    cluster.scales.list = async (left) => {
      left?.push({ kind: 'scale', subject: 'shop/web', why: 'stored item has no usable "version"' });
      return list();
    };
    await cluster.put(shop('2'));
    await expectOnlyThatLeftOut(cluster);
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

const WHY = 'stored item has no usable "version"';
/** From now on; resolves with the way back. */
function refuse(store: { load: () => Promise<unknown> }): () => void {
  const real = store.load;
  store.load = () => Promise.reject(new UnreadableError(WHY));
  return () => Object.assign(store, { load: real });
}

/** What was applied to the zone is unreadable in part, until that part is written. @param version of the row */
function loseDirectory(cluster: Cluster, part: 'head' | { readonly owner: string }, isVersionKnown = true) {
  const { store } = cluster;
  const real = { ...store };
  let isLost = true;
  const written = (): void => void (isLost = false);
  const lost = ({ head, names }: Directory): { directory: Directory; row: UnreadableRow } => {
    const isHead = part === 'head';
    const gone = isHead ? head : names.find(({ owner }) => owner === part.owner)!;
    const row = isHead
      ? { kind: 'directory' as const, subject: 'directory' }
      : { kind: 'name' as const, subject: part.owner };
    return {
      directory: {
        head: isHead ? UNKNOWN_HEAD : head,
        names: isHead ? names : names.filter((one) => one !== gone),
      },
      row: { ...row, why: WHY, ...(isVersionKnown ? { version: gone.version } : {}) },
    };
  };
  Object.assign(store, {
    load: async (left?: UnreadableRow[]) => {
      const directory = await real.load();
      if (!isLost) return directory;
      const { directory: rest, row } = lost(directory);
      if (left === undefined) throw new UnreadableError(WHY);
      left.push(row);
      return rest;
    },
    putHead: async (...row: Parameters<typeof real.putHead>) => {
      await real.putHead(...row);
      if (part === 'head') written();
    },
    putName: async (...row: Parameters<typeof real.putName>) => {
      await real.putName(...row);
      if (part !== 'head' && row[0].owner === part.owner) written();
    },
  });
  return { isLost: () => isLost };
}

describe('a row that stands for the whole cluster and that nobody can read', () => {
  it('of the settings: what was read last holds, and all goes on', async () => {
    const { cluster } = await settled();
    refuse(cluster.cluster);
    await expectOnlyThatLeftOut(cluster);
  });

  it('of the settings, for a function that never read them: nothing is launched or ended, no TTL changes', async () => {
    const { cluster } = await settled();
    const { head } = await cluster.store.load();
    refuse(cluster.cluster);
    const { settings, leftOut } = await snapshotLoader({ ...cluster, directory: cluster.store })();
    expect(leftOut.rows).toEqual([{ kind: 'settings', subject: 'settings', why: WHY }]);
    expect(settings.pool.hostsMax).toBe(0);
    expect(settings.dnsTtlSeconds).toBe(head.soaTtlSeconds);
    const dayMs = 86_400_000;
    const { terminateLostAfterMs, registrationDeadlineMs, surplusAfterMs, garbageAgeMs } = settings;
    for (const ms of [terminateLostAfterMs, registrationDeadlineMs, surplusAfterMs, garbageAgeMs])
      expect(ms).toBeGreaterThan(dayMs);
  });

  it('of what EC2 has none of: it is not remembered, and all goes on', async () => {
    const { cluster } = await settled();
    refuse(cluster.offerings);
    await expectOnlyThatLeftOut(cluster);
  });

  it('of the sweep: nobody is called silent, it is written anew, and all goes on', async () => {
    const { cluster } = await settled();
    const mend = refuse(cluster.sweep);
    const note = cluster.sweep.note.bind(cluster.sweep);
    cluster.sweep.note = async (sweep) => {
      mend();
      await note(sweep);
    };
    await expectOnlyThatLeftOut(cluster);
    await expect(cluster.sweep.load()).resolves.toMatchObject({ sweptAtMs: expect.any(Number) });
    expect(cluster.decisions.all().filter(({ code }) => code === 'host-suspect')).toEqual([]);
  });

  it('of what was learned of agents: no host is asked to change its agent, and all goes on', async () => {
    const archive = { bucket: 'b', key: 'x86.tar.gz', sha256: 'a'.repeat(64) };
    const release = { version: '0.2.0', archives: { x86_64: archive, arm64: archive } };
    const cluster = await littleCluster({ release });
    refuse(cluster.agents);
    await cluster.put(shop());
    await cluster.settle(120);
    await cluster.put(blog());
    await cluster.settle(60);
    await expectOnlyThatLeftOut(cluster);
    expect((await cluster.hosts.listManifests()).map(({ agent }) => agent)).toEqual([null, null]);
  });

  it('of the head of what was applied: it is written anew from the zone, and all goes on', async () => {
    const { cluster } = await settled();
    const { isLost } = loseDirectory(cluster, 'head');
    await expectOnlyThatLeftOut(cluster);
    expect(isLost()).toBe(false);
  });

  it('of what was applied for a service: it is written anew from the zone, and all goes on', async () => {
    const { cluster } = await settled();
    const { isLost } = loseDirectory(cluster, { owner: 'web.shop' });
    await expectOnlyThatLeftOut(cluster);
    expect(isLost()).toBe(false);
  });

  it('of what was applied for a service, its version too: its records stay, and all goes on', async () => {
    const { cluster } = await settled();
    const { isLost } = loseDirectory(cluster, { owner: 'web.shop' }, false);
    await expectOnlyThatLeftOut(cluster);
    expect(isLost()).toBe(true);
  });

  it('of the head, its version too: what is in DNS stays until somebody removes it', async () => {
    const { cluster } = await settled();
    loseDirectory(cluster, 'head', false);
    const before = [answers(cluster, 'web.shop'), answers(cluster, 'site.blog')];
    await cluster.put(blog('2'));
    await cluster.settle(300);
    expect([answers(cluster, 'web.shop'), answers(cluster, 'site.blog')]).toEqual(before);
    expect(cluster.stoppedAtMs.size).toBe(0);
    expect(told(cluster)).toBe(1);
  });
});

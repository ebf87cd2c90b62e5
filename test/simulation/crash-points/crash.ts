/** Runs a scene's use-case with a stop after a certain call, runs it again, and tells how the cluster ends. */
import { littleCluster } from '../../support/little-cluster.ts';
import { settle, type Cluster, type Fragile, type Scene } from './scenes.ts';

export interface Ending {
  /** Methods of the external calls of each round, in their order; the last round was not stopped. */
  readonly calls: readonly (readonly string[])[];
  readonly state: unknown;
}

/** Longer than any lease of a loop. */
const LEASE_MS = 31_000;
const BEAT_MS = 15_000;
const SETTLE_SECONDS = 90;

/** `stops`: after which call each round is stopped; one more round follows that is not. */
export async function endOf(scene: Scene, stops: readonly number[]): Promise<Ending> {
  const cluster = await littleCluster();
  await scene.prepare(cluster);
  const calls: (readonly string[])[] = [];
  for (const [round, stop] of [...stops, Infinity].entries()) {
    calls.push(await runUntil(scene, cluster, stop, round));
    if (Number.isFinite(stop)) await outlive(cluster);
  }
  await settle(cluster, SETTLE_SECONDS);
  return { calls, state: await stateOf(cluster) };
}

/** Until nobody holds the loop's lease any more; hosts live on meanwhile, or they would be taken for dead. */
async function outlive(cluster: Cluster): Promise<void> {
  for (let leftMs = LEASE_MS; leftMs > 0; leftMs -= BEAT_MS) {
    await cluster.clock.advance(Math.min(leftMs, BEAT_MS));
    await cluster.hostsAct();
  }
}

/** Resolves with the calls. What was stopped waits for ever, as nothing comes of a function that was killed. */
async function runUntil(scene: Scene, cluster: Cluster, stop: number, round: number): Promise<string[]> {
  const calls: string[] = [];
  const { promise: stopped, resolve } = Promise.withResolvers<undefined>();
  const forever = (): Promise<never> => new Promise(() => undefined);
  const fragile: Fragile = (port) => {
    const wrapped = Object.entries(port).map(([name, member]: [string, unknown]) => {
      if (typeof member !== 'function') return [name, member];
      const call = async (...values: readonly unknown[]): Promise<unknown> => {
        if (calls.length >= stop) return forever();
        const number = calls.push(name);
        const act = (): unknown => (member as (...given: readonly unknown[]) => unknown)(...values);
        if (number < stop) {
          const result = await act();
          return calls.length > stop ? forever() : result;
        }
        // Whatever it answers, or refuses, is heard by nobody.
        await Promise.resolve(act()).catch(() => undefined);
        resolve(undefined);
        return forever();
      };
      return [name, call];
    });
    return Object.fromEntries(wrapped) as typeof port;
  };
  // The same call again may be told that there is nothing left to do.
  const done = scene.run(cluster, fragile, round).then(
    () => undefined,
    (error: unknown) => {
      if (round === 0) throw error;
    },
  );
  await Promise.race([done, stopped]);
  return calls;
}

/** Without times, versions, ids and ports, which chance gives anew each time. */
async function stateOf(cluster: Cluster): Promise<unknown> {
  const [heads, services, hosts, replicas, instances, records] = await Promise.all([
    cluster.stacks.list(),
    cluster.stacks.listServices(),
    cluster.hosts.listHosts(),
    cluster.replicas(),
    cluster.launcher.list(),
    cluster.directory.list(),
  ]);
  const isHost = (name: string): string => name.replace(/^h-[a-z0-9]+/, 'h');
  return {
    settings: (await cluster.cluster.load()).settings,
    audit: cluster.decisions
      .all()
      .filter(({ code }) => code === 'stack-accepted' || code === 'stack-removing')
      .map(({ message }) => message),
    heads: heads.map(({ name, wanted, digest }) => ({ name, wanted, digest })),
    services: services.map(({ stack, service, state, replicas: wanted, running, healthy, slots }) => ({
      ...{ stack, service, state, wanted, running, healthy, slots: Object.keys(slots) },
    })),
    hosts: hosts.map(({ state }) => state).sort(),
    instances: instances.map(({ state }) => state).sort(),
    replicas: replicas
      .map((one) => `${one.stack}/${one.replica} ${one.phase} ${one.health} ${one.registered}`)
      .sort(),
    records: records
      .filter(({ type }) => type !== 'TXT')
      .map(({ name, type, values }) => `${type} ${isHost(name)} ${values.length}`)
      .sort(),
  };
}

/** Many replicas change their health at once: one batch of changes, not one each. */
import { expect, it } from '@jest/globals';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const SERVICES = 10;
const REPLICAS = 10;

it('brings 100 changes of health, of several hosts, to DNS in one batch', async () => {
  const cluster = await littleCluster();
  const names = Array.from({ length: SERVICES }, (_, index) => `web${index}`);
  const answers = (): number =>
    names.reduce((sum, name) => sum + cluster.answers('SRV', `_http._tcp.${name}.shop`).length, 0);
  const plan = async (): Promise<number> => (await cluster.store.load()).head.plan;
  for (const name of names) cluster.behave(name, { phase: 'running', health: 'starting' });
  await cluster.put(stack(Object.fromEntries(names.map((name) => [name, service({ replicas: REPLICAS })]))));
  await cluster.settle(90);
  expect((await cluster.replicas()).filter((one) => one.phase === 'running')).toHaveLength(100);
  expect(new Set((await cluster.replicas()).map((one) => one.host)).size).toBeGreaterThan(1);
  expect(answers()).toBe(0);

  let before = await plan();
  for (const name of names) cluster.behave(name, { phase: 'running', health: 'healthy' });
  await cluster.settle(4);
  expect(answers()).toBe(SERVICES * REPLICAS);
  expect((await plan()) - before).toBe(1);

  before = await plan();
  const reason = { code: 'signalled-not-ready', message: 'they asked for it' } as const;
  for (const name of names) cluster.behave(name, { phase: 'running', health: 'unhealthy', reason });
  await cluster.settle(4);
  expect(answers()).toBe(0);
  expect((await plan()) - before).toBe(1);
});

it('keeps what fails its probe when nothing better runs, but not what asked to be taken out', async () => {
  const cluster = await littleCluster();
  await cluster.put(stack({ web: service({ replicas: 2 }) }));
  await cluster.settle(40);
  const served = (): number => cluster.answers('SRV', '_http._tcp.web.shop').length;
  const sick = (code: 'health-check-failing' | 'signalled-not-ready' | 'liveness-failed') =>
    cluster.behave('web', { phase: 'running', health: 'unhealthy', reason: { code, message: 'x' } });
  sick('health-check-failing');
  await cluster.settle(4);
  expect(served()).toBe(2);
  cluster.behave('web', { phase: 'running', health: 'healthy' });
  await cluster.settle(4);
  sick('signalled-not-ready');
  await cluster.settle(4);
  expect(served()).toBe(0);
  cluster.behave('web', { phase: 'running', health: 'healthy' });
  await cluster.settle(4);
  expect(served()).toBe(2);
  sick('liveness-failed');
  await cluster.settle(4);
  expect(served()).toBe(0);
});

it('changes probes without another container, and the socket to signal on with one', async () => {
  const cluster = await littleCluster();
  const health = { startGraceMs: 0, deployGateMs: 0, signal: false };
  const timing = { intervalMs: 5000, timeoutMs: 2000, failures: 3, successes: 1, initialDelayMs: 0 };
  const task = async () => {
    const [one, ...more] = (await cluster.replicas()).filter((each) => each.phase === 'running');
    expect(more).toEqual([]);
    return one?.task;
  };
  const put = async (spec: Parameters<typeof service>[0]): Promise<string | null | undefined> => {
    await cluster.put(stack({ web: service(spec) }));
    await cluster.settle(60);
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
    return task();
  };
  const first = await put({});
  expect(await put({ health })).toBe(first);
  expect(await put({ health: { ...health, readiness: { kind: 'tcp', port: 8080, ...timing } } })).toBe(first);
  const [view] = (await cluster.load()).hosts;
  expect(view?.manifest.assignments.map((each) => each.revision)).toEqual([3]);
  expect(await put({ health: { ...health, signal: true } })).not.toBe(first);
});

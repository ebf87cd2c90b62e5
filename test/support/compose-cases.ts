/** Documents that Berth honours, property by property and form by form, with what must be seen of them. */
import { segmentsOf } from '../../compose/support.ts';
import type { HonouredCase, InspectedContainer } from './compose-seen.ts';

type Expectation = HonouredCase['expect'];
type OfContainer = (container: InspectedContainer) => unknown;

const runs: Expectation = ({ containers }) => [[containers.length, 1]];
/** Exactly one container, of which `read` gives `wanted`. */
const shows =
  (read: OfContainer, wanted: unknown): Expectation =>
  ({ containers: [first, ...more] }) => [
    [more.length, 0],
    [first && read(first), wanted],
  ];

/** One case: `path` below the service, its value, and what is seen. */
function of(
  path: string,
  value: unknown,
  expect: Expectation,
  more: Partial<HonouredCase> = {},
): HonouredCase {
  const service = segmentsOf(path).reduceRight<unknown>(
    (inner, segment) => (segment === '[]' ? [inner] : { [segment]: inner }),
    value,
  );
  return { path: `services.*.${path}`, service: service as Record<string, unknown>, expect, ...more };
}

const entry = (list: readonly string[], name: string) => list.find((line) => line.startsWith(`${name}=`));
const plain = (names: readonly string[] | null) => (names ?? []).map((name) => name.replace(/^CAP_/, ''));
const hostPortOf = (key: string) => (container: InspectedContainer) => {
  const port = Number(container.HostConfig.PortBindings?.[key]?.[0]?.HostPort);
  return port >= 20_000 && port <= 29_999;
};
const portName =
  (wanted: string): Expectation =>
  ({ replicas }) => [[replicas.map(({ ports }) => ports.map(({ name }) => name)), [[wanted]]]];
const count =
  (wanted: number): Expectation =>
  ({ containers }) => [[containers.length, wanted]];
const hosts: Expectation = ({ containers }) => {
  const names = containers.map(({ Config }) => entry(Config.Env, 'BERTH_HOST'));
  return [
    [containers.length, 2],
    [new Set(names).size, 2],
  ];
};

const TEST = ['CMD', '/bin/answers', '8080'];
const checked = { test: TEST };
const testOf: OfContainer = ({ Config }) => Config.Healthcheck?.Test;
const PLATFORM = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';
const MIB = 1024 * 1024;

const containerCases: readonly HonouredCase[] = [
  of(
    'image',
    'shop-web',
    shows(({ Config }) => Config.Image.replace(/:latest$/, ''), 'shop-web'),
  ),
  of(
    'command',
    ['a', 'b c'],
    shows(({ Config }) => Config.Cmd, ['a', 'b c']),
  ),
  of(
    'command',
    "a 'b c'",
    shows(({ Config }) => Config.Cmd, ['a', 'b c']),
  ),
  of(
    'command',
    null,
    shows(({ Config }) => Config.Cmd ?? [], []),
    { noEffect: 'null means the image’s own' },
  ),
  of(
    'entrypoint',
    ['/bin/start', 'x'],
    shows(({ Config }) => Config.Entrypoint, ['/bin/start', 'x']),
  ),
  of(
    'entrypoint',
    '/bin/start x',
    shows(({ Config }) => Config.Entrypoint, ['/bin/start', 'x']),
  ),
  of(
    'entrypoint',
    null,
    shows(({ Config }) => Config.Entrypoint, ['/bin/start']),
    {
      noEffect: 'null means the image’s own',
    },
  ),
  of(
    'environment',
    { WALK: 'a=$$b', N: 1 },
    shows(({ Config }) => entry(Config.Env, 'WALK'), 'WALK=a=$b'),
  ),
  of(
    'environment',
    ['WALK=a b', 'N='],
    shows(({ Config }) => entry(Config.Env, 'WALK'), 'WALK=a b'),
  ),
  of(
    'labels',
    { 'org.walk': 'a', n: null },
    shows(({ Config }) => Config.Labels['org.walk'], 'a'),
  ),
  of(
    'labels',
    ['org.walk=a'],
    shows(({ Config }) => Config.Labels['org.walk'], 'a'),
  ),
  of(
    'stop_grace_period',
    '7s',
    shows(({ Config }) => Config.StopTimeout, 7),
  ),
  of(
    'stop_signal',
    'SIGQUIT',
    shows(({ Config }) => Config.StopSignal, 'SIGQUIT'),
  ),
  of(
    'user',
    '65534:65534',
    shows(({ Config }) => Config.User, '65534:65534'),
  ),
  of(
    'working_dir',
    '/www',
    shows(({ Config }) => Config.WorkingDir, '/www'),
  ),
  of(
    'read_only',
    true,
    shows(({ HostConfig }) => HostConfig.ReadonlyRootfs, true),
  ),
  of(
    'read_only',
    'yes',
    shows(({ HostConfig }) => HostConfig.ReadonlyRootfs, true),
  ),
  of(
    'tmpfs',
    '/scratch',
    shows(({ HostConfig }) => HostConfig.Tmpfs, { '/scratch': '' }),
  ),
  of(
    'tmpfs',
    ['/scratch:size=1m'],
    shows(({ HostConfig }) => HostConfig.Tmpfs, { '/scratch': 'size=1m' }),
  ),
  of(
    'cap_add',
    ['NET_ADMIN'],
    shows(({ HostConfig }) => plain(HostConfig.CapAdd), ['NET_ADMIN']),
  ),
  of(
    'cap_drop',
    ['CHOWN'],
    shows(({ HostConfig }) => plain(HostConfig.CapDrop).includes('CHOWN'), true),
  ),
  of(
    'init',
    true,
    shows(({ HostConfig }) => HostConfig.Init, true),
  ),
  of(
    'init',
    'true',
    shows(({ HostConfig }) => HostConfig.Init, true),
  ),
  of('platform', PLATFORM, runs, {
    unseen: 'Docker shows no architecture of a container; on a host of another one it would not run',
  }),
];

const restartCases: readonly HonouredCase[] = [
  // The host's agent restarts, not Docker, so it is the attempts that tell.
  of('restart', 'always', ({ replicas: [first] }) => [[(first?.attempt ?? 0) >= 2, true]], {
    service: { restart: 'always', entrypoint: ['/bin/sh', '-c', 'sleep 1'] },
    noEffect: 'it is the default',
    unsettled: true,
  }),
  of(
    'restart',
    'no',
    ({ replicas: [first] }) => [
      [first?.attempt, 1],
      [['stopped', 'failed'].includes(first?.phase ?? ''), true],
    ],
    { service: { restart: 'no', entrypoint: ['/bin/sh', '-c', 'sleep 1'] }, unsettled: true },
  ),
];

const portCases: readonly HonouredCase[] = [
  of('ports', [8080], shows(hostPortOf('8080/tcp'), true)),
  of('ports', ['8080/udp'], shows(hostPortOf('8080/udp'), true)),
  of('ports', [{ target: 8080 }], shows(hostPortOf('8080/tcp'), true)),
  of('ports[].target', 8080, shows(hostPortOf('8080/tcp'), true)),
  of('ports[].target', '8080', shows(hostPortOf('8080/tcp'), true)),
  of('ports[].protocol', 'udp', shows(hostPortOf('8080/udp'), true), {
    service: { ports: [{ target: 8080, protocol: 'udp' }] },
  }),
  of('ports[].name', 'shop', portName('shop'), { service: { ports: [{ target: 8080, name: 'shop' }] } }),
  of('ports[].app_protocol', 'grpc', portName('grpc'), {
    service: { ports: [{ target: 8080, app_protocol: 'grpc' }] },
  }),
];

const SECOND = 1_000_000_000;
const timed = (name: string, value: unknown, read: OfContainer, wanted: unknown) =>
  of(`healthcheck.${name}`, value, shows(read, wanted), {
    service: { healthcheck: { ...checked, [name]: value } },
  });

const healthCases: readonly HonouredCase[] = [
  of('healthcheck', checked, shows(testOf, TEST)),
  of('healthcheck.test', TEST, shows(testOf, TEST)),
  of('healthcheck.test', 'true', shows(testOf, ['CMD-SHELL', 'true'])),
  timed('interval', '1.5s', ({ Config }) => Config.Healthcheck?.Interval, 1.5 * SECOND),
  timed('timeout', '2s', ({ Config }) => Config.Healthcheck?.Timeout, 2 * SECOND),
  timed('start_period', '3s', ({ Config }) => Config.Healthcheck?.StartPeriod, 3 * SECOND),
  timed('retries', 4, ({ Config }) => Config.Healthcheck?.Retries, 4),
  timed('retries', '4', ({ Config }) => Config.Healthcheck?.Retries, 4),
  of('healthcheck.disable', true, shows(testOf, ['NONE'])),
  of('healthcheck.disable', 'true', shows(testOf, ['NONE'])),
];

/** Berth's own extension: seen by the replicas' health, and by the socket of those that signal. */
const ownCases: readonly HonouredCase[] = [
  of('x-*', {}, ({ replicas }) => [[replicas.map(({ phase }) => phase), ['running']]], {
    service: { ports: [8080], 'x-berth': { health: { readiness: { kind: 'tcp' }, startGrace: '5s' } } },
  }),
  of(
    'x-*',
    {},
    shows(
      ({ Config }) => entry(Config.Env, 'BERTH_HEALTH_SOCKET'),
      'BERTH_HEALTH_SOCKET=/run/berth/health.sock',
    ),
    { service: { 'x-berth': { health: { signal: true } } }, unsettled: true },
  ),
];

const limit = (name: string, value: unknown, read: OfContainer, wanted: unknown) =>
  of(`deploy.resources.limits.${name}`, value, shows(read, wanted));
const reserve = (name: string, value: unknown, read: OfContainer, wanted: unknown) =>
  of(`deploy.resources.reservations.${name}`, value, shows(read, wanted));
const nanoCpus: OfContainer = ({ HostConfig }) => HostConfig.NanoCpus;
const memory: OfContainer = ({ HostConfig }) => HostConfig.Memory;

/** No host of a test has a GPU: that it waits for one is what is seen. */
const waitsForGpu = (path: string, device: object): HonouredCase => {
  const devices = [{ capabilities: ['gpu'], count: 1, ...device }];
  return {
    path: `services.*.deploy.resources.reservations.devices${path}`,
    service: { deploy: { resources: { reservations: { devices } } } },
    expect: ({ containers, replicas }) => [
      [containers.length, 0],
      [replicas.map(({ phase }) => phase), ['pending']],
    ],
    unsettled: true,
  };
};

const gpuCases: readonly HonouredCase[] = [
  waitsForGpu('', {}),
  waitsForGpu('[].capabilities', { capabilities: ['gpu', 'utility'] }),
  waitsForGpu('[].count', { count: 2 }),
  waitsForGpu('[].count', { count: '2' }),
  waitsForGpu('[].driver', { driver: 'nvidia' }),
  waitsForGpu('[].x-*', { 'x-walk': { any: 1 } }),
];

const deployCases: readonly HonouredCase[] = [
  of('deploy', { replicas: 2 }, count(2)),
  of('deploy', null, count(1), { noEffect: 'null says nothing' }),
  of('deploy.mode', 'replicated', count(1), { noEffect: 'it is the default' }),
  of('deploy.replicas', 2, count(2)),
  of('deploy.replicas', '2', count(2)),
  of('deploy.resources', { limits: { memory: '32m' } }, shows(memory, 32 * MIB)),
  of('deploy.resources.limits', { memory: '32m' }, shows(memory, 32 * MIB)),
  of(
    'deploy.resources.reservations',
    { memory: '16m' },
    shows(({ HostConfig }) => HostConfig.MemoryReservation, 16 * MIB),
  ),
  limit('cpus', '0.25', nanoCpus, 0.25e9),
  limit('cpus', 0.25, nanoCpus, 0.25e9),
  limit('memory', '32m', memory, 32 * MIB),
  limit('pids', 64, ({ HostConfig }) => HostConfig.PidsLimit, 64),
  limit('pids', '64', ({ HostConfig }) => HostConfig.PidsLimit, 64),
  reserve('cpus', '0.125', ({ HostConfig }) => HostConfig.CpuShares, 128),
  reserve('cpus', 0.125, ({ HostConfig }) => HostConfig.CpuShares, 128),
  reserve('memory', '16m', ({ HostConfig }) => HostConfig.MemoryReservation, 16 * MIB),
  of('deploy.placement', { max_replicas_per_node: 1 }, hosts, {
    service: { deploy: { replicas: 2, placement: { max_replicas_per_node: 1 } } },
  }),
  of('deploy.placement.max_replicas_per_node', 1, hosts, {
    service: { deploy: { replicas: 2, placement: { max_replicas_per_node: 1 } } },
  }),
  of('deploy.placement.max_replicas_per_node', '1', hosts, {
    service: { deploy: { replicas: 2, placement: { max_replicas_per_node: '1' } } },
  }),
  of('deploy.placement.constraints', ['node.platform.os==linux', 'node.labels.zone != nowhere'], runs),
  of('deploy.placement.preferences', [{ spread: 'node.labels.zone' }], runs),
  of('deploy.placement.preferences[].spread', 'node.labels.rack', runs),
  ...gpuCases,
];

const stackCases: readonly HonouredCase[] = [
  {
    path: 'name',
    service: {},
    name: 'walk-by-name',
    expect: shows(({ Config }) => Config.Labels['berth.stack'], 'walk-by-name'),
  },
  {
    path: 'services',
    service: {},
    noEffect: 'it is the bare service',
    expect: shows(({ Config }) => Config.Labels['berth.service'], 'web'),
  },
  {
    path: 'version',
    service: {},
    document: { version: '3.9' },
    noEffect: 'it has no meaning, and is warned of',
    expect: runs,
  },
];

export const PROPERTY_CASES: readonly HonouredCase[] = [
  ...stackCases,
  ...containerCases,
  ...restartCases,
  ...portCases,
  ...healthCases,
  ...ownCases,
  ...deployCases,
];

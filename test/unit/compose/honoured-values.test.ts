/** What each honoured property means. */
import { describe, expect, it } from '@jest/globals';
import type { ServiceSpec } from '../../../contract/stack-spec.ts';
import { accept, documentWith, serviceWith } from './documents.ts';

const MIB = 1024 * 1024;

it('fills in every default', () => {
  expect(serviceWith('')).toEqual({
    image: 'shop-web',
    environment: {},
    labels: {},
    ports: [],
    restart: { policy: 'always' },
    stopGraceMs: 10_000,
    readOnly: false,
    tmpfs: {},
    capAdd: [],
    capDrop: [],
    init: false,
    replicas: 1,
    resources: { reservedCpuMillis: 20, reservedMemoryBytes: 32 * MIB, limitPids: 512 },
  });
});

type Accepted = [yaml: string, spec: Partial<ServiceSpec>];

const ports = (...list: [string, number, 'tcp' | 'udp'][]) => ({
  ports: list.map(([name, container, protocol]) => ({ name, container, protocol })),
});
const resources = (some: Partial<ServiceSpec['resources']>) => ({
  resources: { reservedCpuMillis: 20, reservedMemoryBytes: 32 * MIB, limitPids: 512, ...some },
});

const accepted: Accepted[] = [
  ['command: sh -c "a b"', { command: ['sh', '-c', 'a b'] }],
  ['command: [a, "b c", "1"]', { command: ['a', 'b c', '1'] }],
  ['command: []', { command: [] }],
  ['command: ""', { command: [] }],
  ['entrypoint: []', { entrypoint: [] }],
  [
    'environment: {A: x, B: 1, C: true, D: "", E: 1.5, F: "010", G: 12345678901234567890}',
    {
      environment: { A: 'x', B: '1', C: 'true', D: '', E: '1.5', F: '010', G: '12345678901234567890' },
    },
  ],
  ['environment: [B=2, A=x=y, C=]', { environment: { A: 'x=y', B: '2', C: '' } }],
  [
    'environment: {A: yes, B: True, D: 1_0a, E: 0xZZ}',
    {
      environment: { A: 'yes', B: 'true', D: '1_0a', E: '0xZZ' },
    },
  ],
  ['labels: {org.x: a, n: null}', { labels: { n: '', 'org.x': 'a' } }],
  ['labels: [org.x=a, n]', { labels: { n: '', 'org.x': 'a' } }],
  ['ports: [80]', ports(['80', 80, 'tcp'])],
  ['ports: ["80", "53/udp", "53/tcp"]', ports(['80', 80, 'tcp'], ['53', 53, 'udp'], ['53', 53, 'tcp'])],
  ['ports: ["8000-8002"]', ports(['8000', 8000, 'tcp'], ['8001', 8001, 'tcp'], ['8002', 8002, 'tcp'])],
  [
    'ports: [{target: 80, name: http}, {target: 81, name: http, protocol: udp}]',
    ports(['http', 80, 'tcp'], ['http', 81, 'udp']),
  ],
  [
    'ports: [{target: "80", app_protocol: grpc}]',
    {
      ports: [{ name: 'grpc', container: 80, protocol: 'tcp', appProtocol: 'grpc' }],
    },
  ],
  [
    'ports: [{target: 80, name: web, app_protocol: kubernetes.io/h2c}]',
    {
      ports: [{ name: 'web', container: 80, protocol: 'tcp', appProtocol: 'kubernetes.io/h2c' }],
    },
  ],
  ['healthcheck: {test: curl -f x}', { healthcheck: { test: ['CMD-SHELL', 'curl -f x'] } }],
  [
    'healthcheck: {test: [CMD, a, b], interval: 1m30s, timeout: 500ms, start_period: 0s, retries: 5}',
    {
      healthcheck: {
        test: ['CMD', 'a', 'b'],
        intervalMs: 90_000,
        timeoutMs: 500,
        startPeriodMs: 0,
        retries: 5,
      },
    },
  ],
  ['healthcheck: {test: a, interval: 0s, retries: 0}', { healthcheck: { test: ['CMD-SHELL', 'a'] } }],
  ['healthcheck: {disable: true}', { healthcheck: { test: ['NONE'] } }],
  ['healthcheck: {disable: true, test: a, interval: 1s}', { healthcheck: { test: ['NONE'] } }],
  ['healthcheck: {test: [NONE]}', { healthcheck: { test: ['NONE'] } }],
  ['healthcheck: {disable: false, test: a}', { healthcheck: { test: ['CMD-SHELL', 'a'] } }],
  ['restart: no', { restart: { policy: 'no' } }],
  ['restart: always', { restart: { policy: 'always' } }],
  ['restart: unless-stopped', { restart: { policy: 'unless-stopped' } }],
  ['restart: on-failure', { restart: { policy: 'on-failure' } }],
  ['restart: on-failure:3', { restart: { policy: 'on-failure', maxRetries: 3 } }],
  ['stop_grace_period: 1m30s', { stopGraceMs: 90_000 }],
  ['stop_grace_period: 0s', { stopGraceMs: 0 }],
  ['stop_signal: SIGQUIT', { stopSignal: 'SIGQUIT' }],
  ['user: 1000', { user: '1000' }],
  ['user: "1000:1000"', { user: '1000:1000' }],
  ['user: nobody', { user: 'nobody' }],
  ['working_dir: /srv', { workingDir: '/srv' }],
  ['read_only: true', { readOnly: true }],
  ['read_only: "on"', { readOnly: true }],
  ['read_only: off', { readOnly: false }],
  ['tmpfs: /run', { tmpfs: { '/run': '' } }],
  ['tmpfs: ["/run:size=64m,mode=1777", /tmp]', { tmpfs: { '/run': 'size=64m,mode=1777', '/tmp': '' } }],
  ['cap_add: [CAP_NET_ADMIN, sys_time]', { capAdd: ['NET_ADMIN', 'SYS_TIME'] }],
  ['cap_drop: [ALL]', { capDrop: ['ALL'] }],
  ['init: true', { init: true }],
  ['platform: linux/arm64/v8', { platform: 'linux/arm64' }],
  ['platform: linux/amd64', { platform: 'linux/amd64' }],
  ['deploy:', {}],
  ['deploy: {mode: replicated, replicas: 0}', { replicas: 0 }],
  ['deploy: {replicas: "3"}', { replicas: 3 }],
  ['deploy: {placement: {max_replicas_per_node: 2}}', { maxReplicasPerHost: 2 }],
  ['deploy: {placement: {max_replicas_per_node: 0}}', {}],
  [
    'deploy: {resources: {limits: {cpus: "0.5", memory: 64m, pids: 10}}}',
    resources({
      reservedCpuMillis: 500,
      reservedMemoryBytes: 64 * MIB,
      limitCpuMillis: 500,
      limitMemoryBytes: 64 * MIB,
      limitPids: 10,
    }),
  ],
  [
    'deploy: {resources: {reservations: {cpus: 0.25, memory: 16m}}}',
    resources({
      reservedCpuMillis: 250,
      reservedMemoryBytes: 16 * MIB,
    }),
  ],
  [
    'deploy: {resources: {limits: {memory: 64m}, reservations: {memory: 8m}}}',
    resources({
      reservedMemoryBytes: 8 * MIB,
      limitMemoryBytes: 64 * MIB,
    }),
  ],
  ['deploy: {resources: {limits: {cpus: "0", memory: "0"}}}', {}],
  [
    'deploy: {resources: {reservations: {cpus: 0, memory: "0"}}}',
    resources({ reservedCpuMillis: 0, reservedMemoryBytes: 0 }),
  ],
  ['x-mine: {any: [thing]}', {}],
];

describe('honoured', () => {
  const bare = serviceWith('');
  it.each(accepted)('%s', (yaml, spec) => {
    expect(serviceWith(yaml)).toEqual({ ...bare, ...spec });
  });

  it.each([
    'shop-web',
    'shop-web:1.2',
    'library/nginx',
    'localhost:5000/a/b:c',
    'registry.example.com/team/app_x',
    `a@sha256:${'0'.repeat(64)}`,
    `a:1@sha256:${'0'.repeat(64)}`,
    'a__b/c--d.e',
  ])('image %s', (image) => {
    expect(accept(`name: a\nservices: {web: {image: "${image}"}}`).spec.services.web?.image).toBe(image);
  });
});

describe('warnings', () => {
  it.each([
    ['environment: {A: 1.10}', '`1.10` is the number 1.1 to YAML', { A: '1.1' }],
    ['environment: [A=1, A=2]', '`A` is given twice; the last one counts', { A: '2' }],
  ])('%s', (yaml, message, environment) => {
    const { spec, warnings } = accept(documentWith(yaml));
    expect(warnings).toMatchObject([{ message, line: 5 }]);
    expect(spec.services.web?.environment).toEqual(environment);
  });
});

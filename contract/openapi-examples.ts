/** One example of each body: the shop of `examples/shop`, with one replica of `web` on one host. */

/** JSON as it crosses the wire. A test holds each against its schema. */
export type Example = Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];

const MIB = 1024 * 1024;
const stack = 'shop';
const task = 'shop-web-1-01jd8z9q2k';
const host = 'h-4k2p9x7c';
const digest = '9b74c9897bac770ffc029102a200c5de9b74c9897bac770ffc029102a200c5de';
const at = '2026-11-22T12:00:00.000Z';

const spec = {
  name: stack,
  services: {
    web: {
      image: 'shop-web',
      environment: { WARM_UP_SECONDS: '3' },
      labels: {},
      ports: [{ name: 'http', container: 8080, protocol: 'tcp' }],
      healthcheck: { test: ['CMD', '/bin/answers', '8080'], intervalMs: 1000, timeoutMs: 2000, retries: 3 },
      restart: { policy: 'always' },
      stopGraceMs: 5000,
      readOnly: true,
      tmpfs: {},
      capAdd: [],
      capDrop: ['ALL'],
      init: false,
      replicas: 1,
      resources: {
        reservedCpuMillis: 50,
        reservedMemoryBytes: 16 * MIB,
        limitMemoryBytes: 64 * MIB,
        limitPids: 512,
      },
      maxReplicasPerHost: 1,
    },
  },
};
const {
  replicas: _replicas,
  maxReplicasPerHost: _perHost,
  resources,
  ports,
  ...container
} = spec.services.web;

const settings = {
  pool: { instanceType: 'm8g.large', architecture: 'arm64', hostsMax: 10 },
  pools: {},
  pollMs: 15_000,
  beatMs: 15_000,
  dnsTtlSeconds: 10,
  drainDeadlineMs: 120_000,
  registrationDeadlineMs: 300_000,
  describeLagMs: 120_000,
  progressDeadlineMs: 600_000,
  suspectAfterMs: 30_000,
  lostAfterMs: 30_000,
  terminateLostAfterMs: 120_000,
  garbageAgeMs: 120_000,
  upgradeTrialMs: 20_000,
  upgradeWatchMs: 300_000,
  metrics: 'none',
  surplusAfterMs: 300_000,
  outdatedHosts: 'replace',
};
const pool = {
  instanceTypes: ['m8g.large', 'm7g.large'],
  zones: [],
  subnets: [],
  hostsMin: 1,
  hostsMax: 20,
  headroom: { count: 2, cpuMillis: 250, memoryBytes: 512 * MIB },
  budgetPerHour: 2.5,
  labels: { tier: 'web' },
  taints: [],
  registrationDeadlineMs: null,
};
const price = {
  source: 'pricing-api',
  asOf: '2026-11-29',
  origin: "AWS's list price here, read on 2026-11-29",
};
const poolView = {
  name: 'default',
  ...pool,
  hosts: 2,
  prices: pool.instanceTypes.map((instanceType) => ({ instanceType, perHour: 0.0816, ...price })),
  reason: '',
};
const service = {
  service: 'web',
  revision: 1,
  state: 'converged',
  replicas: 1,
  running: 1,
  healthy: 1,
  reason: 'all replicas run and are healthy',
};
const summary = { stack, revision: 1, state: 'converged', updatedAt: at, services: [service] };
const pace = { pollMs: 15_000, beatMs: 15_000 };

const load = {
  networkBytesPerSecond: 15_000,
  diskBytesPerSecond: 0,
  cpuPressurePercent: null,
  memoryPressurePercent: null,
} as const;

const HOST = {
  host,
  instanceId: 'i-0abc1234def567890',
  state: 'ready',
  address: '10.20.1.17',
  zone: 'us-east-1a',
  pool: 'default',
  instanceType: 'm8g.large',
  architecture: 'arm64',
  agentVersion: '0.1.0-3f2a9c1b7d04',
  agentWanted: null,
  tasks: 1,
  cpuMillis: { reserved: 50, total: 2000 },
  memoryBytes: { reserved: 16 * MIB, total: 7600 * MIB },
  usage: { cpuPercent: 12.5, memoryPercent: 34, diskPercent: 20, ...load },
  lastSeenAt: at,
  reason: 'it beats',
} as const;

const SCALING = {
  ...{ stack, service: 'web', replicas: 3, min: 2, max: 10 },
  boundsBy: 'set by hand',
  documentReplicas: 1,
};

export const EXAMPLES = {
  Compose: `name: ${stack}\nservices:\n  web:\n    image: shop-web\n    ports:\n      - target: 8080\n        name: http\n`,
  StackSpec: spec,
  PutStackReply: {
    stack,
    revision: 1,
    changed: true,
    digest,
    warnings: [
      {
        path: 'version',
        line: 1,
        column: 10,
        message: '`version` is obsolete and has no meaning',
        remedy: 'remove it',
      },
    ],
  },
  DeleteStackReply: { stack, state: 'removing' },
  StackList: [summary],
  StackDetail: { ...summary, spec, digest, updatedBy: 'arn:aws:iam::123456789012:user/anna' },
  ReplicaPlacement: {
    stack,
    replica: 'web-1',
    host,
    reason: 'the only host that fits (86 % stays free)',
    now: { host, reason: 'the only host that fits (86 % stays free)' },
    verdicts: [
      {
        host,
        score: {
          failedHere: false,
          replicasInDomain: [],
          beside: [],
          replicasOnHost: null,
          missingImageBytes: null,
          leftover: 0.9,
        },
        filter: null,
        reason: '',
      },
    ],
    hints: [],
  },
  ReplicaList: [
    {
      stack,
      service: 'web',
      replica: 'web-1',
      task,
      host,
      address: '10.20.1.17',
      ports: [{ name: 'http', container: 8080, host: 20_004, protocol: 'tcp' }],
      phase: 'running',
      health: 'healthy',
      revision: 1,
      attempt: 1,
      registered: true,
      usage: {
        cpuMillis: 120,
        memoryBytes: 67_108_864,
        cpuPercent: 24,
        cpuPercentOf: 'reservation',
        memoryPercent: 25,
        memoryPercentOf: 'limit',
        ...load,
        metrics: {},
        isProtected: false,
      },
      reason: 'healthy and in DNS',
    },
  ],
  HostList: [HOST],
  Host: { ...HOST, state: 'draining', reason: 'its kernel is to be replaced' },
  DrainRequest: { reason: 'its kernel is to be replaced', deadlineMs: 900_000 },
  ScaleRequest: { min: 2, max: 10 },
  ServiceScaling: { ...SCALING, by: 'autoscaler' },
  AutoscaleStatus: {
    ...{ ...SCALING, by: 'autoscaler' },
    spec: {
      ...{ min: 1, max: 8, targets: [{ kind: 'cpu', percent: 60 }], tolerancePercent: 10, schedules: [] },
      ...{ windowOutMs: 60_000, stabilizationInMs: 300_000, cooldownOutMs: 30_000, cooldownInMs: 60_000 },
      ...{ stepOutMax: 1000, stepInMax: 1000 },
    },
    manual: { min: 2, max: 10, by: 'arn:aws:iam::123456789012:user/anna', at },
    ...{ running: 3, healthy: 3, proposed: 3, direction: 'hold', heldUntil: null },
    reason: 'cpu 58 % of the reservation, target 60 %: 3 replicas stay',
    ...{ lastOutAt: at, lastInAt: null, cooldownOutMs: 12_000, cooldownInMs: 0 },
    loads: [{ target: 'cpu', load: 58, aim: 60 }],
    replicaLoads: [
      {
        ...{ replica: 'web-1', task, host, isReady: true, protection: null },
        loads: [{ target: 'cpu', load: 58, aim: 60, of: 'reservation' }],
      },
    ],
  },
  ScaleTimeline: {
    stack,
    service: 'web',
    points: [
      {
        ...{ at, wanted: 3, running: 2, healthy: 2, hosts: 1, direction: 'out' },
        loads: [{ target: 'cpu', load: 83, aim: 60 }],
        reason: 'cpu 83 % of the reservation, target 60 %: 3 replicas for 60 s, so 2 -> 3',
      },
    ],
  },
  EventList: {
    events: [
      {
        id: '0m3k5v9q1-7c2f',
        at,
        by: 'reconcile',
        code: 'task-placed',
        stack,
        subject: 'web-1',
        message: `web-1 goes to ${host}: the fullest host that has room`,
      },
    ],
    next: null,
  },
  ClusterSettings: settings,
  ClusterPatch: { dnsTtlSeconds: 5 },
  PoolList: [poolView],
  PoolSpec: pool,
  PoolView: poolView,
  PoolRemoved: { name: 'batch' },
  Version: { version: '0.1.0', cluster: 'berth', zone: 'berth.internal', region: 'us-east-1' },
  ErrorReply: {
    error: {
      code: 'invalid-document',
      message: 'the Compose document has 1 problem',
      problems: [
        {
          path: 'services.web.imge',
          line: 4,
          column: 5,
          message: '`imge` is no property of Compose at this place',
          remedy: 'did you mean `image`?',
        },
      ],
      requestId: 'JKJaXmPLvHcESHA=',
    },
  },
  Registration: {
    instanceId: 'i-0abc1234def567890',
    bootId: '1f7e9a52-3c1b-4a57-9d0e-8a1d0c2b7f60',
    agentVersion: '0.1.0',
    address: '10.20.1.17',
    zone: 'us-east-1a',
    instanceType: 'm8g.large',
    architecture: 'arm64',
    capacity: { cpuMillis: 2000, memoryBytes: 7600 * MIB, pids: 32_768, diskBytes: 30_000_000_000 },
    docker: { version: '25.0.14', apiVersion: '1.44', cgroupVersion: '2', storageDriver: 'overlay2' },
  },
  RegistrationReply: { ...pace, host, generation: 0, zone: 'berth.internal' },
  Manifest: {
    host,
    generation: 1,
    ...pace,
    specs: { s1: { ...container, ...resources } },
    assignments: [
      {
        task,
        stack,
        service: 'web',
        slot: 1,
        revision: 1,
        wanted: 'run',
        spec: 's1',
        ports: ports.map((port) => ({ ...port, host: 20_004 })),
      },
    ],
    agent: {
      version: '0.1.1-8c07d5e61b92',
      request: 1_800_000_000_000,
      trialMs: 20_000,
      archive: { bucket: 'cdk-assets', key: '5d1e.tar.gz', sha256: '5d1e'.repeat(16) },
    },
  },
  Report: {
    bootId: '1f7e9a52-3c1b-4a57-9d0e-8a1d0c2b7f60',
    seq: 7,
    agentVersion: '0.1.0',
    generation: 1,
    dockerAnswers: true,
    tasks: [{ task, phase: 'running', health: 'healthy', attempt: 1, containerId: 'f2ca1bb6c7e9' }],
    images: ['shop-web:latest'],
  },
  ReportReply: { generation: 1 },
  Beat: {
    bootId: '1f7e9a52-3c1b-4a57-9d0e-8a1d0c2b7f60',
    seq: 8,
    agentVersion: '0.1.0',
    generation: 1,
    reportSeq: 7,
    cpuPercent: 3.5,
    memoryPercent: 12,
    diskPercent: 20,
    load: { networkBytesPerSecond: 15_000, diskBytesPerSecond: 0 },
    tasks: [{ task, cpuMillis: 120, memoryBytes: 67_108_864, networkBytesPerSecond: 15_000 }],
  },
  BeatReply: { ...pace, generation: 1 },
} as const;

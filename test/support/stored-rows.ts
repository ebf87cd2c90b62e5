/** One row of each kind that stores hold, every field set, so that a field which a mapper forgets is missed. */
import type { ScalePoint, ServiceScale } from '../../functions/core/model/autoscale.ts';
import type { DirectoryHead, DirectoryName } from '../../functions/core/model/directory.ts';
import type { Host, LaunchParameters } from '../../functions/core/model/host.ts';
import { hostId, taskId } from '../../functions/core/model/ids.ts';
import type { ServiceState, StackHead } from '../../functions/core/model/stack.ts';
import type { Assignment, HostLease, HostManifest, HostReport } from '../../functions/core/model/task.ts';
import type { StoredDecision, StoredRevision } from '../../functions/usecases/ports.ts';
import { NOON_MS } from './fake-clock.ts';

export const HOST = hostId('h-aaaaaaaaaa');

export const aHead = (over: Partial<StackHead> = {}): StackHead => ({
  name: 'shop',
  wanted: 'present',
  revision: 1,
  digest: 'sha256:one',
  updatedAtMs: NOON_MS,
  updatedBy: 'arn:aws:iam::000000000000:user/somebody',
  version: 0,
  ...over,
});

export const aServiceState = (over: Partial<ServiceState> = {}): ServiceState => ({
  stack: 'shop',
  service: 'web',
  revision: 1,
  digest: 'sha256:web',
  replicas: 2,
  scaling: { by: 'autoscaler', min: 1, max: 9 },
  state: 'progressing',
  reason: 'waiting for a host',
  progressAtMs: NOON_MS,
  reached: 1,
  running: 1,
  healthy: 1,
  slots: { 2: { failures: 1, retryAtMs: NOON_MS + 1_000, reason: 'exit code 1' } },
  version: 0,
  ...over,
});

export const aScale = (over: Partial<ServiceScale> = {}): ServiceScale => ({
  stack: 'shop',
  service: 'web',
  replicas: 3,
  reason: '3 were asked for',
  memory: {
    proposals: [{ atMs: NOON_MS, replicas: 3 }],
    lastOutAtMs: NOON_MS - 60_000,
    lastInAtMs: null,
  },
  held: 'at-max',
  manual: { min: 2, max: 5, by: 'somebody', atMs: NOON_MS, instead: 2 },
  version: 0,
  ...over,
});

export const aPoint = (over: Partial<ScalePoint> = {}): ScalePoint => ({
  stack: 'shop',
  service: 'web',
  atMs: NOON_MS,
  wanted: 3,
  running: 2,
  healthy: 1,
  hosts: 2,
  loads: [
    { target: 'cpu', load: 71.5, aim: 60 },
    { target: 'jobs', load: null, aim: 5 },
  ],
  direction: 'out',
  reason: '3 were asked for',
  ...over,
});

export const aRevision = (over: Partial<StoredRevision> = {}): StoredRevision => ({
  stack: 'shop',
  number: 1,
  spec: {
    name: 'shop',
    services: {
      web: {
        image: 'shop-web',
        environment: { EMPTY: '', '': 'an empty key', UMLAUT: 'ä€😀' },
        labels: {},
        ports: [{ name: 'http', container: 8080, protocol: 'tcp' }],
        restart: { policy: 'always' },
        stopGraceMs: 10_000,
        readOnly: false,
        tmpfs: {},
        capAdd: [],
        capDrop: [],
        init: false,
        replicas: 2,
        resources: { reservedCpuMillis: 20, reservedMemoryBytes: 33_554_432, limitPids: 512 },
      },
    },
  },
  digests: { web: 'sha256:web' },
  digest: 'sha256:one',
  createdAtMs: NOON_MS,
  createdBy: 'somebody',
  ...over,
});

export const launchParameters = (over: Partial<LaunchParameters> = {}): LaunchParameters => ({
  launchTemplateId: 'lt-00000000000000001',
  launchTemplateVersion: '1',
  instanceType: 't4g.small',
  architecture: 'arm64',
  subnetId: 'subnet-a',
  clientToken: 'token-1',
  batch: 'b-1',
  size: 2,
  offerings: [{ instanceType: 't4g.small', subnetId: 'subnet-a', zone: 'us-east-1a' }],
  ...over,
});

export const aHost = (over: Partial<Host> = {}): Host => ({
  id: HOST,
  state: 'requested',
  reason: 'shop/web-1 needs a host',
  launch: launchParameters(),
  attempt: 1,
  requestedAtMs: NOON_MS,
  retryAtMs: NOON_MS + 1,
  instanceId: null,
  launchedAtMs: null,
  address: null,
  zone: null,
  capacity: { cpuMillis: 2_000, memoryBytes: 2_147_483_648, pids: 4_096 },
  registeredAtMs: null,
  bootId: null,
  agentVersion: null,
  neighbours: [],
  silence: null,
  drain: { cause: 'silent-docker', reason: 'its Docker hangs', sinceMs: NOON_MS, byMs: NOON_MS + 1 },
  drainChange: { number: 3, atMs: NOON_MS, by: 'provision', code: 'host-draining', message: 'it hangs' },
  pool: 'batch-jobs',
  surplusSinceMs: NOON_MS + 2,
  replaces: hostId('h-bbbbbbbbbb'),
  version: 0,
  ...over,
});

export const anAssignment = (over: Partial<Assignment> = {}): Assignment => ({
  task: taskId('web-1-aaaaaaaa'),
  stack: 'shop',
  service: 'web',
  slot: 1,
  revision: 1,
  digest: 'sha256:web',
  wanted: 'run',
  ports: [{ name: 'http', container: 8080, protocol: 'tcp', host: 20_001 }],
  cpuMillis: 20,
  memoryBytes: 33_554_432,
  pids: 512,
  createdAtMs: NOON_MS,
  wantedAtMs: NOON_MS + 1,
  reason: 'placed',
  ...over,
});

export const aManifest = (over: Partial<HostManifest> = {}): HostManifest => ({
  host: HOST,
  generation: 1,
  assignments: [anAssignment()],
  agent: {
    version: '0.2.0-abc',
    request: 7,
    trialMs: 20_000,
    archive: { bucket: 'assets', key: 'abc.tar.gz', sha256: 'a'.repeat(64) },
    from: '0.1.0-abc',
    askedAtMs: NOON_MS,
  },
  version: 0,
  ...over,
});

export const aReport = (over: Partial<HostReport> = {}): HostReport => ({
  host: HOST,
  bootId: 'boot-1',
  seq: 1,
  generation: 1,
  dockerAnswers: false,
  dockerSilentSinceMs: NOON_MS - 1,
  tasks: [{ task: taskId('web-1-aaaaaaaa'), phase: 'running', health: 'healthy', attempt: 2 }],
  agentVersion: '0.1.0-abc',
  agentSinceMs: NOON_MS,
  agentFailure: { version: '0.2.0-abc', request: 7, final: true, reason: 'it ended' },
  receivedAtMs: NOON_MS,
  version: 0,
  ...over,
});

export const aLease = (over: Partial<HostLease> = {}): HostLease => ({
  host: HOST,
  receivedAtMs: NOON_MS,
  seq: 1,
  bootId: 'boot-1',
  generation: 1,
  cpuPercent: 3.5,
  memoryPercent: 20,
  diskPercent: 10,
  silent: [],
  answering: [hostId('h-2222222222')],
  paceMs: 15_000,
  clockAheadMs: -600_000,
  load: { networkBytesPerSecond: 12_000, cpuPressurePercent: 0.5 },
  usage: [
    {
      task: taskId('web-1-aaaaaaaa'),
      cpuMillis: 120,
      memoryBytes: 64 * 1024 * 1024,
      networkBytesPerSecond: 1500,
      diskBytesPerSecond: 0,
      cpuPressurePercent: 1.5,
      memoryPressurePercent: 0,
      metrics: { jobs_waiting: 12.5, t: 1e15, tiny: 1e-9 },
      isProtected: true,
    },
    { task: taskId('web-2-aaaaaaaa'), cpuMillis: 0, memoryBytes: 0, metrics: {}, isProtected: false },
  ],
  ...over,
});

export const aDirectoryHead = (over: Partial<DirectoryHead> = {}): DirectoryHead => ({
  plan: 1,
  pending: [{ changeId: 'C1', plan: 1, submittedAtMs: NOON_MS }],
  soaTtlSeconds: 10,
  unsure: false,
  version: 0,
  ...over,
});

export const aDirectoryName = (over: Partial<DirectoryName> = {}): DirectoryName => ({
  owner: 'web.shop',
  records: [
    {
      name: '_http._tcp.web.shop.berth.internal',
      type: 'SRV',
      ttlSeconds: 10,
      values: ['1 1 20001 h-aaaaaaaaaa.berth.internal'],
    },
  ],
  tasks: { 'web-1-aaaaaaaa': { state: 'in', plan: 1, ttlSeconds: 10, serving: true } },
  version: 0,
  ...over,
});

export const aDecision = (over: Partial<StoredDecision> = {}): StoredDecision => ({
  id: `${NOON_MS.toString(36).padStart(9, '0')}-00000001`,
  atMs: NOON_MS,
  by: 'reconcile',
  code: 'task-placed',
  subject: 'shop/web-1',
  stack: 'shop',
  message: 'web-1 goes to h-aaaaaaaaaa: the only host with room',
  ...over,
});

/** Small whole values for tests of decisions: everything has a default, tests name only what they are about. */
import { NOTHING_LEARNED } from '../../functions/core/model/agent.ts';
import { DEFAULT_SETTINGS, type ClusterSettings } from '../../functions/core/model/cluster.ts';
import { EMPTY_HEAD, type DirectoryName, type TaskEntry } from '../../functions/core/model/directory.ts';
import type { HostBatch } from '../../functions/core/hosts/intent.ts';
import type { Host } from '../../functions/core/model/host.ts';
import { hostId, taskId } from '../../functions/core/model/ids.ts';
import { NOTHING_SHORT } from '../../functions/core/model/offering.ts';
import type { InstanceView } from '../../functions/core/model/instance.ts';
import type { Revision, ServiceSpec } from '../../functions/core/model/service-spec.ts';
import type { HostView, Snapshot } from '../../functions/core/model/snapshot.ts';
import type { StackHead } from '../../functions/core/model/stack.ts';
import { NOTHING_LEFT_OUT } from '../../functions/core/model/unreadable.ts';
import type { Assignment, HostLease, HostReport, TaskReport } from '../../functions/core/model/task.ts';

export const MIB = 1024 * 1024;
export const NOW = 1_800_000_000_000;
export const ZONE = 'berth.internal';

export const settings = (over: Partial<ClusterSettings> = {}): ClusterSettings => ({
  ...DEFAULT_SETTINGS,
  pool: { instanceType: 't3.small', architecture: 'x86_64', hostsMax: 10 },
  ...over,
});

export const serviceSpec = (over: Partial<ServiceSpec> = {}): ServiceSpec => ({
  image: 'shop-web',
  ports: [{ name: 'http', container: 8080, protocol: 'tcp' }],
  replicas: 1,
  restart: { policy: 'always' },
  resources: { reservedCpuMillis: 100, reservedMemoryBytes: 64 * MIB, limitPids: 100 },
  ...over,
});

export const host = (name: string, over: Partial<Host> = {}): Host => ({
  id: hostId(`h-${name}`),
  state: 'ready',
  reason: '',
  launch: {
    launchTemplateId: 'lt-1',
    launchTemplateVersion: '1',
    instanceType: 't3.small',
    architecture: 'x86_64',
    subnetId: 'subnet-a',
    clientToken: `token-${name}`,
    batch: `b-${name}`,
    size: 1,
    offerings: [{ instanceType: 't3.small', subnetId: 'subnet-a', zone: 'us-east-1a' }],
  },
  attempt: 1,
  requestedAtMs: NOW - 60_000,
  retryAtMs: 0,
  instanceId: `i-${Buffer.from(name).toString('hex').padEnd(8, '0').slice(0, 17)}`,
  launchedAtMs: NOW - 50_000,
  address: `10.0.0.${(name.charCodeAt(0) % 200) + 1}`,
  zone: 'us-east-1a',
  capacity: { cpuMillis: 2000, memoryBytes: 2048 * MIB, pids: 30_000 },
  registeredAtMs: NOW - 30_000,
  bootId: 'boot-1',
  agentVersion: '0.1.0',
  neighbours: [],
  silence: null,
  drain: null,
  drainChange: null,
  pool: 'default',
  surplusSinceMs: null,
  replaces: null,
  version: 1,
  ...over,
});

export const assignment = (name: string, over: Partial<Assignment> = {}): Assignment => ({
  task: taskId(`web-1-${name}`),
  stack: 'shop',
  service: 'web',
  slot: 1,
  revision: 1,
  digest: 'd1',
  wanted: 'run',
  ports: [{ name: 'http', container: 8080, protocol: 'tcp', host: 20_001 }],
  cpuMillis: 100,
  memoryBytes: 64 * MIB,
  pids: 100,
  createdAtMs: NOW - 10_000,
  wantedAtMs: NOW - 10_000,
  reason: '',
  ...over,
});

export const taskReport = (task: string, over: Partial<TaskReport> = {}): TaskReport => ({
  task: taskId(task),
  phase: 'running',
  health: 'healthy',
  attempt: 1,
  ...over,
});

export const reportOf = (of: Host, tasks: readonly TaskReport[], generation = 1): HostReport => ({
  host: of.id,
  bootId: of.bootId ?? 'boot-1',
  seq: 1,
  generation,
  dockerAnswers: true,
  tasks,
  agentVersion: of.agentVersion,
  agentSinceMs: null,
  agentFailure: null,
  dockerSilentSinceMs: null,
  receivedAtMs: NOW,
  version: 1,
});

export const hostView = (
  of: Host,
  assignments: readonly Assignment[] = [],
  tasks: readonly TaskReport[] | null = [],
): HostView => ({
  host: of,
  manifest: { host: of.id, generation: 1, assignments, agent: null, version: 1 },
  report: tasks === null ? null : reportOf(of, tasks),
  lease: null,
});

export const lease = (of: Host, ageMs: number, over: Partial<HostLease> = {}): HostLease => ({
  host: of.id,
  receivedAtMs: NOW - ageMs,
  seq: 1,
  bootId: of.bootId ?? 'boot-1',
  generation: 1,
  cpuPercent: 1,
  memoryPercent: 1,
  diskPercent: 1,
  silent: [],
  answering: [],
  paceMs: DEFAULT_SETTINGS.beatMs,
  ...over,
});

export const head = (name = 'shop', over: Partial<StackHead> = {}): StackHead => ({
  name,
  wanted: 'present',
  revision: 1,
  digest: 'stack-1',
  updatedAtMs: NOW,
  updatedBy: 'arn:aws:iam::000000000000:root',
  version: 1,
  ...over,
});

export const revision = (
  services: Record<string, ServiceSpec>,
  over: Partial<Revision> & { digest?: string } = {},
): Revision => {
  const { digest = 'd1', ...rest } = over;
  const all = Object.entries(services).map(([name, spec]) => [name, { spec, digest }] as const);
  return { stack: 'shop', number: 1, services: Object.fromEntries(all), ...rest };
};

export const directoryName = (
  owner: string,
  tasks: Record<string, TaskEntry>,
  over: Partial<DirectoryName> = {},
): DirectoryName => ({
  owner,
  records: [],
  tasks,
  version: 1,
  ...over,
});

export const snapshot = (over: Partial<Snapshot> = {}): Snapshot => ({
  settings: settings(),
  settingsChange: null,
  stacks: [],
  revisions: [],
  services: [],
  scales: [],
  hosts: [],
  directory: { head: EMPTY_HEAD, names: [] },
  // Swept a moment ago, and for long without a gap.
  sweep: { sweptAtMs: NOW, freshFromMs: 0 },
  release: null,
  agents: NOTHING_LEARNED,
  leftOut: NOTHING_LEFT_OUT,
  offerings: NOTHING_SHORT,
  ...over,
});

/** What is to be launched as one batch, in two subnets. */
export const hostBatch = (over: Partial<HostBatch> = {}): HostBatch => ({
  pool: 'default',
  architecture: 'x86_64',
  instanceType: 't3.small',
  count: 3,
  capacity: { cpuMillis: 2000, memoryBytes: 2048 * MIB, pids: 30_000 },
  offerings: ['a', 'b'].map((zone) => ({
    instanceType: 't3.small',
    subnetId: `subnet-${zone}`,
    zone: `us-east-1${zone}`,
  })),
  reason: 'a t3.small for 3 waiting tasks',
  replaces: null,
  ...over,
});

export const instance = (of: Host, over: Partial<InstanceView> = {}): InstanceView => ({
  instanceId: of.instanceId ?? 'i-00000000',
  state: 'running',
  host: of.id,
  batch: of.launch.batch,
  instanceType: of.launch.instanceType,
  subnetId: of.launch.subnetId,
  zone: 'us-east-1a',
  address: of.address,
  launchedAtMs: NOW - 50_000,
  ...over,
});

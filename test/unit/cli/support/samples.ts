/** What the API says of a small stack, to be varied by tests. */
import type {
  ClusterSettings,
  EventView,
  HostView,
  Replica,
  ServiceStatus,
  StackDetail,
} from '../../../../contract/http-api.ts';

export const AT = '2026-11-22T16:00:00.000Z';

export const COMPOSE = `name: shop
services:
  web:
    image: shop-web
`;

export function serviceStatus(change: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    service: 'web',
    revision: 1,
    state: 'progressing',
    replicas: 2,
    running: 0,
    healthy: 0,
    reason: '',
    ...change,
  };
}

export function stackDetail(change: Partial<StackDetail> = {}): StackDetail {
  return {
    stack: 'shop',
    revision: 1,
    state: 'progressing',
    updatedAt: AT,
    updatedBy: 'arn:aws:iam::000000000000:user/ann',
    digest: 'd1',
    spec: { name: 'shop', services: {} },
    services: [serviceStatus()],
    ...change,
  };
}

export function replica(change: Partial<Replica> = {}): Replica {
  return {
    stack: 'shop',
    service: 'web',
    replica: 'web-1',
    task: 'shop-web-1-aaaa',
    host: 'h-abc123',
    address: '10.77.0.11',
    ports: [{ name: 'http', container: 8080, host: 20001, protocol: 'tcp' }],
    phase: 'running',
    health: 'healthy',
    revision: 1,
    attempt: 1,
    registered: true,
    usage: null,
    reason: '',
    ...change,
  };
}

export function hostView(change: Partial<HostView> = {}): HostView {
  return {
    host: 'h-abc123',
    instanceId: 'i-0123456789abcdef0',
    state: 'ready',
    address: '10.77.0.11',
    zone: 'us-east-1a',
    pool: 'default',
    instanceType: 't3.small',
    architecture: 'x86_64',
    agentVersion: '0.1.0',
    agentWanted: null,
    tasks: 2,
    cpuMillis: { reserved: 500, total: 2000 },
    memoryBytes: { reserved: 512, total: 2048 },
    usage: null,
    lastSeenAt: AT,
    reason: '',
    ...change,
  };
}

export function eventView(change: Partial<EventView> = {}): EventView {
  return {
    id: '0001-a',
    at: AT,
    by: 'reconcile',
    code: 'task-placed',
    stack: 'shop',
    subject: 'shop/web-1',
    message: 'placed on h-abc123',
    ...change,
  };
}

export const SETTINGS: ClusterSettings = {
  pool: { instanceType: 't4g.small', architecture: 'arm64', hostsMax: 10 },
  pools: {},
  pollMs: 15_000,
  beatMs: 60_000,
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

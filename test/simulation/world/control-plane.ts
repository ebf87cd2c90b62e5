/**
 * The control plane: the real use-cases over the in-memory twins, each in a function that can be killed, woken by queues
 * that lose and double. Wired as functions/handlers wire it.
 */
import type { ClusterSettings } from '../../../functions/core/model/cluster.ts';
import { answerHello, closeSocket, openSocket } from '../../../functions/usecases/answer-doorbell.ts';
import type { HostId } from '../../../functions/core/model/ids.ts';
import { deleteStack } from '../../../functions/usecases/delete-stack.ts';
import { drainHost, undrainHost } from '../../../functions/usecases/drain-host.ts';
import { getStack } from '../../../functions/usecases/describe-stacks.ts';
import {
  ConflictError,
  ForbiddenError,
  NotFoundError,
  ThrottledError,
} from '../../../functions/usecases/errors.ts';
import { snapshotLoader } from '../../../functions/usecases/load-snapshot.ts';
import { noteInstanceEvent } from '../../../functions/usecases/note-instance-event.ts';
import type { Doorbell, HostLauncher, ServiceDirectory } from '../../../functions/usecases/ports.ts';
import { provisionHosts } from '../../../functions/usecases/provision-hosts.ts';
import { putStack } from '../../../functions/usecases/put-stack.ts';
import { readManifest } from '../../../functions/usecases/read-manifest.ts';
import { reconcileCluster } from '../../../functions/usecases/reconcile-cluster.ts';
import { recordBeat } from '../../../functions/usecases/record-beat.ts';
import { recordReport } from '../../../functions/usecases/record-report.ts';
import { registerHost } from '../../../functions/usecases/register-host.ts';
import { registerRecords } from '../../../functions/usecases/register-records.ts';
import { tick } from '../../../functions/usecases/tick.ts';
import type { StackSpec } from '../../../contract/stack-spec.ts';
import { Ec2Error, ReplyLostError as Ec2ReplyLost } from '../../../local/ec2/model/errors.ts';
import { ReplyLostError as Route53ReplyLost } from '../../../local/route53/model/errors.ts';
import { ZONE } from '../../support/builders.ts';
import { fakeIds } from '../../support/fake-ids.ts';
import { inMemoryAgentMemoryStore } from '../../support/in-memory/agent-memory-store.ts';
import { inMemoryOfferingStore } from '../../support/in-memory/offering-store.ts';
import { inMemoryPriceStore } from '../../support/in-memory/price-store.ts';
import { inMemoryClusterStore } from '../../support/in-memory/cluster-store.ts';
import { inMemoryDecisionLog } from '../../support/in-memory/decision-log.ts';
import { inMemoryDirectoryStore } from '../../support/in-memory/directory-store.ts';
import { inMemoryHostStore } from '../../support/in-memory/host-store.ts';
import { inMemoryLoopLeases } from '../../support/in-memory/loop-leases.ts';
import { inMemoryScaleStore } from '../../support/in-memory/scale-store.ts';
import { inMemorySocketStore } from '../../support/in-memory/socket-store.ts';
import { inMemorySweepStore } from '../../support/in-memory/sweep-store.ts';
import { inMemoryTimeline } from '../../support/in-memory/timeline.ts';
import { inMemoryStackStore } from '../../support/in-memory/stack-store.ts';
import type { Random } from '../engine/random.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { AgentCaller } from '../../../functions/usecases/own-host.ts';
import { createFunction, type Fragile, type LambdaOptions, type Life } from './functions.ts';
import type { Mood } from './mood.ts';
import type { AgentCall } from './network.ts';
import { createQueues } from './queues.ts';
import type { DoorbellCall } from './sockets.ts';
import type { Hooks } from './watch.ts';
import { noGraphs } from '../../support/no-graphs.ts';

export type ApiCall =
  | { readonly kind: 'put'; readonly spec: StackSpec }
  | { readonly kind: 'delete'; readonly stack: string }
  | { readonly kind: 'drain' | 'undrain'; readonly host: HostId };

/** An error that a fault made; whatever else a use-case throws is strange. */
export class Simulated extends Error {}

export interface ControlPlaneOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly mood: Mood;
  readonly hooks: Hooks;
  readonly trace: (what: string) => void;
  readonly count: (fault: string) => void;
  readonly launcher: HostLauncher;
  readonly directory: ServiceDirectory;
  readonly doorbell: Doorbell;
  /** Plants bugs between use-cases and their stores. */
  readonly bug?: (ports: Stores) => Stores;
  readonly acknowledgeFailures?: boolean;
  /** A planted bug: whom the API takes a caller for. */
  readonly mistakeCaller?: (caller: AgentCaller) => AgentCaller;
}

export type Stores = ReturnType<typeof createStores>;

function createStores(scheduler: Scheduler, hooks: Hooks, trace: (what: string) => void) {
  const told =
    <Row extends { readonly version: number }>(
      kind: string,
      hook: (row: Row | null, before: Row | null, key: string) => void,
    ) =>
    (key: string, row: Row | null, before: Row | null): void => {
      trace(`${kind} ${key} ${row?.version ?? 'removed'}`);
      hook(row, before, key);
    };
  return {
    cluster: inMemoryClusterStore(),
    stacks: inMemoryStackStore({ head: told('head', hooks.head), service: told('service', hooks.service) }),
    scales: inMemoryScaleStore(told('scale', hooks.scale)),
    timeline: inMemoryTimeline(),
    hosts: inMemoryHostStore({
      host: told('host', hooks.host),
      manifest: told('manifest', hooks.manifest),
      report: told('report', hooks.report),
      lease: hooks.lease,
    }),
    leases: inMemoryLoopLeases(),
    sweep: inMemorySweepStore(),
    agents: inMemoryAgentMemoryStore(),
    offerings: inMemoryOfferingStore(),
    prices: inMemoryPriceStore(),
    sockets: inMemorySocketStore(),
    decisions: inMemoryDecisionLog({ nowMs: scheduler.nowMs }, hooks.decision),
    directory: inMemoryDirectoryStore({
      head: told('dns', hooks.directoryHead),
      name: told('name', hooks.directoryName),
    }),
  };
}

/** Writes whose last value is the version that was read. */
const VERSIONED = new Set([
  'put',
  'remove',
  'putService',
  'removeService',
  'putHost',
  'putManifest',
  'putReport',
  'removeHost',
  'putHead',
  'putName',
  'removeName',
]);

function withVersions(stores: Stores, hooks: Hooks): Stores {
  const checked = Object.entries(stores).map(([name, store]) => {
    // Of a host's connections the newest counts: their condition is the time of the handshake.
    if (name === 'sockets') return [name, store];
    const methods = Object.entries(store).map(([method, act]: [string, unknown]) => {
      if (!VERSIONED.has(method) || typeof act !== 'function') return [method, act];
      const write = (...values: readonly unknown[]): unknown => {
        hooks.write(`${name}.${method}`, values.at(-1));
        return (act as (...given: readonly unknown[]) => unknown)(...values);
      };
      return [method, write];
    });
    return [name, Object.fromEntries(methods) as object];
  });
  return Object.fromEntries(checked) as Stores;
}

export type ControlPlane = ReturnType<typeof createControlPlane>;

export function createControlPlane(options: ControlPlaneOptions) {
  const { scheduler, random, mood, hooks } = options;
  const plain = withVersions(createStores(scheduler, hooks, options.trace), hooks);
  const stores = options.bug ? options.bug(plain) : plain;
  const ids = fakeIds('sim');
  const clockPort = { nowMs: scheduler.nowMs, sleep: (ms: number) => scheduler.sleep(ms) };
  const lambda: LambdaOptions = {
    scheduler,
    mood,
    random,
    onKill: (name, call, when) => {
      options.trace(`${name} is killed ${when} call ${call}`);
      options.count('function-killed');
    },
    throttled: () => {
      options.count('port-throttled');
      return new ThrottledError('throttled (simulated)');
    },
    answerLost: () => {
      options.count('port-answer-lost');
      return new Simulated('the answer was lost (simulated)');
    },
  };

  const onEnded = (name: string, ended: { kind: string; error?: unknown }): void => {
    if (ended.kind !== 'failed' || isKnown(ended.error)) return;
    hooks.strange(name, ended.error);
  };

  const base = (fragile: Fragile, life: Life) => ({
    cluster: fragile(stores.cluster),
    stacks: fragile(stores.stacks),
    scales: fragile(stores.scales),
    timeline: fragile(stores.timeline),
    hosts: fragile(stores.hosts),
    leases: fragile(stores.leases),
    sweep: fragile(stores.sweep),
    agents: fragile(stores.agents),
    offerings: fragile(stores.offerings),
    decisions: fragile(stores.decisions),
    wakes: fragile(queues.wakesOf(life)),
    clock: { nowMs: clockPort.nowMs, sleep: fragile(clockPort).sleep },
    ids,
    zone: ZONE,
  });
  const loading = (ports: ReturnType<typeof base>, fragile: Fragile) => ({
    ...ports,
    load: snapshotLoader({ ...ports, directory: fragile(stores.directory) }),
  });

  const functions = {
    reconcile: createFunction<undefined, unknown>(
      'reconcile',
      (fragile, life) =>
        reconcileCluster({
          ...loading(base(fragile, life), fragile),
          sockets: fragile(stores.sockets),
          doorbell: fragile(options.doorbell),
        }),
      lambda,
    ),
    register: createFunction<undefined, unknown>(
      'register',
      (fragile, life) =>
        registerRecords({
          ...loading(base(fragile, life), fragile),
          store: fragile(stores.directory),
          directory: fragile(options.directory),
        }),
      lambda,
    ),
    provision: createFunction<undefined, unknown>(
      'provision',
      (fragile, life) =>
        provisionHosts({
          ...loading(base(fragile, life), fragile),
          prices: fragile(stores.prices),
          pricing: { source: 'file' },
          launcher: fragile(options.launcher),
        }),
      lambda,
    ),
    tick: createFunction<{ first: boolean }, unknown>(
      'tick',
      (fragile, life) => tick(loading(base(fragile, life), fragile)),
      lambda,
    ),
    api: createFunction<ApiCall, unknown>(
      'api',
      (fragile, life) => {
        const ports = base(fragile, life);
        const [put, remove, drain, undrain] = [
          putStack(ports),
          deleteStack(ports),
          drainHost(ports),
          undrainHost(ports),
        ];
        const by = 'operator';
        return (call): Promise<unknown> => {
          switch (call.kind) {
            case 'put':
              return put({ stack: call.spec.name, spec: call.spec, by });
            case 'delete':
              return remove({ stack: call.stack, by });
            case 'drain':
              return drain({ host: call.host, reason: 'it is to be emptied', byMs: null, by });
            case 'undrain':
              return undrain({ host: call.host, by });
          }
        };
      },
      lambda,
    ),
    agentApi: createFunction<AgentCall, unknown>(
      'agent-api',
      (fragile, life) => {
        const ports = base(fragile, life);
        const register = registerHost(ports);
        const read = readManifest(ports);
        const report = recordReport(ports);
        const beat = recordBeat({ ...ports, graphs: noGraphs });
        return (given): Promise<unknown> => {
          const call = options.mistakeCaller
            ? { ...given, caller: options.mistakeCaller(given.caller) }
            : given;
          switch (call.kind) {
            case 'register':
              return register(call.caller, call.body);
            case 'manifest':
              return read(call.caller, call.known);
            case 'report':
              return report(call.caller, call.body);
            case 'beat':
              return beat(call.caller, call.body);
          }
        };
      },
      lambda,
    ),
    doorbell: createFunction<DoorbellCall, unknown>(
      'doorbell',
      (fragile) => {
        const ports = { hosts: fragile(stores.hosts), sockets: fragile(stores.sockets) };
        const [open, answer, close] = [openSocket(ports), answerHello(ports), closeSocket(ports)];
        const doorbell = fragile(options.doorbell);
        return (call): Promise<unknown> => {
          if (call.kind === 'connect') return open(call.caller, call);
          if (call.kind === 'hello') return answer(doorbell, call.connection, call.host);
          return close(call.connection);
        };
      },
      lambda,
    ),
    events: createFunction<{ kind: string; instanceId: string }, unknown>(
      'events',
      (fragile, life) => noteInstanceEvent(base(fragile, life)),
      lambda,
    ),
  };
  const queues = createQueues({
    scheduler,
    random,
    mood,
    functions,
    onEnded,
    trace: options.trace,
    onLost: () => options.count('wake-lost'),
    ...(options.acknowledgeFailures === undefined
      ? {}
      : { acknowledgeFailures: options.acknowledgeFailures }),
  });

  return {
    stores,
    functions,
    queues,
    onEnded,
    configure: (settings: ClusterSettings) => stores.cluster.put(settings, null, 0),
    load: snapshotLoader(stores),
    stack: getStack(stores),
  };
}

/** What ports may throw, and what faults throw. */
const isKnown = (error: unknown): boolean =>
  error instanceof Ec2ReplyLost ||
  // A fault of EC2's own that lasts longer than the SDK's tries: the pass fails, and the next one goes on.
  (error instanceof Ec2Error && error.$fault === 'server') ||
  error instanceof Route53ReplyLost ||
  error instanceof ConflictError ||
  error instanceof ThrottledError ||
  error instanceof NotFoundError ||
  error instanceof ForbiddenError ||
  error instanceof Simulated;

/**
 * EC2 of the local cloud: the strict model with hosts behind it.
 *
 * Job: run the model on real time; boot a host for each instance that comes up and end it with the instance; tell the
 *   emulator's EventBridge rules of each change of state; know each instance for the metadata service.
 * In: requests from the server (or calls in process), the emulator for templates, callers and rules, a `Metal`.
 * Out: `Ec2Service`. Fails: a host that does not boot ends its instance with `Server.InternalError`, as EC2 does when a
 *   launch fails inside; what goes wrong after an answer was given is told to `log`.
 *
 * A host that ends by itself (a power cut, `kill -9`) stays `running` here: EC2 does not see into an instance, and a
 * crashed one is running in its books until somebody terminates it.
 */
import type { CreateFleetRequest, RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { Metal } from '../metal/metal.ts';
import type { InstanceMetadata, MetadataSource } from '../metal/imds/metadata.ts';
import type { Callers } from './emulator/callers.ts';
import { createCallers } from './emulator/callers.ts';
import { createEmulatorCatalog } from './emulator/catalog.ts';
import { createEmulatorClient } from './emulator/client.ts';
import { createEventDelivery, NOTICES, STATE_CHANGE } from './emulator/rules.ts';
import type { Notice } from './emulator/rules.ts';
import type { Caller } from './model/checks/caller.ts';
import type { ActionName, Actions, Ec2Model } from './model/ec2.ts';
import { createEc2Model } from './model/ec2.ts';
import type { Instance } from './model/instance.ts';
import { hostNameOf, tagsOf } from './model/instance.ts';
import { createAddressPool } from './model/parts/address-pool.ts';
import type { Clock } from './model/parts/clock.ts';
import type { StateChange, Timings } from './model/world.ts';

export interface Ec2ServiceOptions {
  /** The emulator itself, for example `http://127.0.0.1:4567`. */
  readonly emulator: string;
  readonly account: string;
  readonly region: string;
  /** First three numbers of the bridge's subnet, for example `10.77.0`. */
  readonly network: string;
  readonly metal: Metal;
  readonly clock?: Clock;
  /** The same seed gives the same ids; chosen by time unless told. */
  readonly seed?: string;
  readonly timings?: Partial<Timings>;
  readonly vcpuLimit?: number;
  /** One line on what went wrong behind an answer. */
  readonly log?: (line: string) => void;
}

export interface Ec2Service {
  readonly model: Ec2Model;
  readonly callers: Callers;
  readonly clock: Clock;
  readonly metadata: MetadataSource;
  /** One call with everything behind it. @throws Ec2Error, ReplyLostError */
  call(action: ActionName, input: object, caller: Caller): Promise<Actions[ActionName]['output']>;
  /** Tells the rules that EC2 will take an instance, or advises to leave it. It takes none by itself. */
  announce(instanceId: string, notice: Notice): void;
  /** Looks at the clock again after timings were changed or instances failed. */
  wake(): void;
  /** Resolves when hosts and events of all changes so far were dealt with. */
  idle(): Promise<void>;
  /** Stops the clock; hosts stay as they are. */
  close(): Promise<void>;
}

const REAL_TIME: Clock = { nowMs: () => Date.now() };
const QUIET = () => undefined;

export function createEc2(options: Ec2ServiceOptions): Ec2Service {
  const { account, region, metal, clock = REAL_TIME, log = QUIET } = options;
  const endpoint = { endpoint: options.emulator, region };
  const client = createEmulatorClient(endpoint);
  const catalog = createEmulatorCatalog(endpoint, client);
  const model = createEc2Model({
    clock,
    seed: options.seed ?? String(clock.nowMs()),
    account,
    region,
    addresses: createAddressPool(options.network),
    ...(options.timings && { timings: options.timings }),
    ...(options.vcpuLimit !== undefined && { vcpuLimit: options.vcpuLimit }),
  });
  const launchCatalog = (action: ActionName, input: object) => {
    if (action === 'RunInstances') return catalog.read(input as RunInstancesRequest);
    return action === 'CreateFleet' ? catalog.readFleet(input as CreateFleetRequest) : undefined;
  };
  const events = createEventDelivery({ client, account, region, log });
  const alarm = createAlarm(model, clock);
  const hosts = createHosts(metal, region, (instanceId, message) => {
    log(`host of ${instanceId} did not boot: ${message}`);
    model.fail(instanceId, 'Internal error on launch');
    alarm.set();
  });
  const deliveries = createQueues();
  model.onStateChange((change) => {
    hosts.follow(change);
    const { instance, state, atMs } = change;
    const event = { instanceId: instance.id, kind: STATE_CHANGE, detail: { state }, atMs };
    deliveries.add(instance.id, () => events.deliver(event));
  });
  return {
    model,
    clock,
    callers: createCallers({ client, endpoint: options.emulator, account, region }),
    metadata: { describe: (address) => describe(model, address, { account, region }) },
    async call(action, input, caller) {
      const own = await launchCatalog(action, input);
      try {
        return model.call(action, input, { caller, catalog: own });
      } finally {
        alarm.set();
      }
    },
    announce(instanceId, notice) {
      const event = { instanceId, ...NOTICES[notice], atMs: clock.nowMs() };
      deliveries.add(instanceId, () => events.deliver(event));
    },
    wake: alarm.set,
    async idle() {
      await Promise.all([hosts.idle(), deliveries.idle()]);
    },
    async close() {
      alarm.stop();
      await Promise.all([hosts.idle(), deliveries.idle()]);
      catalog.close();
    },
  };
}

/** Work in order for each key, side by side for different ones. */
function createQueues() {
  const tails = new Map<string, Promise<void>>();
  return {
    add(key: string, work: () => Promise<void>) {
      const tail = (tails.get(key) ?? Promise.resolve()).then(work).finally(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
      tails.set(key, tail);
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}

/** Boots and ends hosts; an end waits for the boot before it. */
function createHosts(metal: Metal, region: string, onFailure: (instanceId: string, message: string) => void) {
  const queues = createQueues();
  const boot = async (instance: Instance) => {
    if (instance.state !== 'running') return;
    const { type, userData } = instance.launch;
    try {
      await metal.boot({
        instanceId: instance.id,
        instanceType: type.name,
        architecture: type.architecture,
        address: instance.address,
        hostname: hostNameOf(instance.address, region),
        userData,
        cpuMillis: type.vcpus * 1000,
        memoryBytes: type.memoryMib * 1024 * 1024,
      });
    } catch (error) {
      onFailure(instance.id, error instanceof Error ? error.message : String(error));
    }
  };
  const end = async (instance: Instance) => {
    try {
      await metal.terminate(instance.id);
    } catch (error) {
      onFailure(instance.id, error instanceof Error ? error.message : String(error));
    }
  };
  return {
    follow({ instance, state }: StateChange) {
      if (state === 'running') queues.add(instance.id, () => boot(instance));
      if (state === 'shutting-down') queues.add(instance.id, () => end(instance));
    },
    idle: () => queues.idle(),
  };
}

/** Rings when the model's next change is due. */
function createAlarm(model: Ec2Model, clock: Clock) {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const set = () => {
    clearTimeout(timer);
    const atMs = model.nextChangeAt();
    if (atMs === undefined || isStopped) return;
    timer = setTimeout(ring, Math.min(Math.max(0, atMs - clock.nowMs()), LONGEST_SLEEP_MS));
    timer.unref();
  };
  const ring = () => {
    model.settle();
    set();
  };
  return {
    set,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Node's timers overflow past 24 days. */
const LONGEST_SLEEP_MS = 3600_000;

function describe(
  model: Ec2Model,
  address: string,
  { account, region }: { readonly account: string; readonly region: string },
): InstanceMetadata | undefined {
  const instance = model.instanceAt(address);
  if (instance === undefined) return undefined;
  const { launch } = instance;
  return {
    instanceId: instance.id,
    instanceType: launch.type.name,
    imageId: launch.image.id,
    architecture: launch.type.architecture,
    accountId: account,
    region,
    zone: launch.subnet.zone,
    address,
    hostname: hostNameOf(address, region),
    launchedAt: new Date(instance.launchedAtMs).toISOString(),
    // EC2's own tags are not handed out (User Guide, "View tags for your EC2 instances using instance metadata").
    tags: launch.metadata.tagsEnabled
      ? Object.fromEntries([...tagsOf(instance)].filter(([key]) => !key.startsWith('aws:')))
      : undefined,
    role: launch.profile?.role,
    userData: launch.userData === '' ? undefined : launch.userData,
  };
}

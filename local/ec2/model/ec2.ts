/**
 * A strict model of EC2's instances, in process.
 *
 * Job: what Berth calls of EC2 (CreateFleet, RunInstances, DescribeInstances, DescribeInstanceStatus, TerminateInstances,
 *   DescribeInstanceTypes, DescribeVolumes, DescribeNetworkInterfaces, CreateTags),
 *   with the semantics that an emulator lacks and that cost real accounts money: idempotence by client token and zone,
 *   answers that lag behind, states that take time, capacity, quotas, throttling, permissions, partial pages. Behind the
 *   local cloud's EC2 server it makes hosts; behind a port of Berth it is the fake of unit tests and of the simulation.
 * In: inputs in the form of the AWS SDK, a caller, an injected clock, a seed, a catalog of what launches refer to.
 * Out: outputs in the form of the AWS SDK; state changes to whoever listens. The same calls at the same times with the
 *   same seed give the same answers. No I/O, no timers: time passes when it is asked for.
 * Fails: `Ec2Error` with EC2's own code; `ReplyLostError` where a test cut the reply off after the effect. A field that
 *   is not modelled is refused as `UnknownParameter`, never ignored.
 *
 * Assumed, because no document says it: a launch that failed leaves its client token unused; the parameters of a call,
 * not what `$Latest` meant, are compared; a new instance is unknown to TerminateInstances and CreateTags as long as to
 * DescribeInstances.
 */
import type {
  CreateFleetRequest,
  CreateFleetResult,
  CreateTagsRequest,
  DescribeInstancesRequest,
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult,
  DescribeInstancesResult,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  DescribeVolumesRequest,
  DescribeVolumesResult,
  Reservation,
  RunInstancesRequest,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import type { Caller } from './checks/caller.ts';
import { authorize, rootOf } from './checks/caller.ts';
import type { Catalog } from './catalog.ts';
import type { Clock } from './parts/clock.ts';
import { createFleet } from './actions/create-fleet.ts';
import { createTags } from './actions/create-tags.ts';
import { describeNetworkInterfaces, describeVolumes } from './actions/describe-attached.ts';
import { describeInstanceStatus } from './actions/describe-instance-status.ts';
import { describeInstanceTypes } from './actions/describe-instance-types.ts';
import { describeInstances } from './actions/describe-instances.ts';
import { errorOf, ReplyLostError } from './errors.ts';
import type { Ring } from '../../ring.ts';
import { createRing } from '../../ring.ts';
import type { Faults } from './faults.ts';
import { createFaults } from './faults.ts';
import { checkFields, HONOURED } from './checks/fields.ts';
import type { Instance } from './instance.ts';
import { nextChangeAt, settle, terminate } from './lifecycle.ts';
import { CALLS_KEPT, REQUEST_BUCKETS, RESOURCE_BUCKETS, TIMINGS, VCPU_LIMIT } from './limits.ts';
import type { PermissionCheck } from './checks/policy.ts';
import { createMemoryCatalog } from './parts/memory-catalog.ts';
import { createRandom } from './parts/random.ts';
import type { RecordedCall } from './recorded-call.ts';
import { runInstances } from './actions/run-instances.ts';
import { terminateInstances } from './actions/terminate-instances.ts';
import { createTokenBucket } from './parts/token-bucket.ts';
import type { AddressPool, Call, StateChange, Timings, World } from './world.ts';

/** Input and output of each modelled action. */
export interface Actions {
  CreateFleet: { input: CreateFleetRequest; output: CreateFleetResult };
  RunInstances: { input: RunInstancesRequest; output: Reservation };
  DescribeInstances: { input: DescribeInstancesRequest; output: DescribeInstancesResult };
  DescribeInstanceStatus: { input: DescribeInstanceStatusRequest; output: DescribeInstanceStatusResult };
  TerminateInstances: { input: TerminateInstancesRequest; output: TerminateInstancesResult };
  DescribeInstanceTypes: { input: DescribeInstanceTypesRequest; output: DescribeInstanceTypesResult };
  DescribeVolumes: { input: DescribeVolumesRequest; output: DescribeVolumesResult };
  DescribeNetworkInterfaces: {
    input: DescribeNetworkInterfacesRequest;
    output: DescribeNetworkInterfacesResult;
  };
  CreateTags: { input: CreateTagsRequest; output: Record<string, never> };
}
export type ActionName = keyof Actions;

export interface Ec2Options {
  readonly clock: Clock;
  readonly seed: string;
  readonly account: string;
  readonly region: string;
  /** Needed by launches, here or with the call. */
  readonly catalog?: Catalog;
  readonly addresses: AddressPool;
  /** Milliseconds; what is left out is as in TIMINGS. */
  readonly timings?: Partial<Timings>;
  /** On-Demand vCPUs of the account; VCPU_LIMIT unless told. */
  readonly vcpuLimit?: number;
}

export interface CallContext {
  /** The account's root user unless told. */
  readonly caller?: Caller | undefined;
  /** What this call's launch refers to; the model's own catalog unless told. */
  readonly catalog?: Catalog | undefined;
}

export interface Ec2Model {
  /** Makes one call. @throws Ec2Error, ReplyLostError */
  call<Name extends ActionName>(
    action: Name,
    input: Actions[Name]['input'],
    context?: CallContext,
  ): Actions[Name]['output'];
  /** The model's own. */
  readonly catalog: Catalog;
  readonly faults: Faults;
  /** Changes how long things take, from the next step of each instance on. */
  setTimings(timings: Partial<Timings>): void;
  /** Lets everything happen that is due by now. Every call does so first. */
  settle(): void;
  /** When the next thing happens by itself, in milliseconds since 1970. */
  nextChangeAt(): number | undefined;
  onStateChange(listener: (change: StateChange) => void): void;
  /** Everything that is still described, terminated ones included. */
  instances(): readonly Instance[];
  /** The living instance at a private address. */
  instanceAt(address: string): Instance | undefined;
  /** EC2 itself gives an instance up, for example because its host did not boot. */
  fail(instanceId: string, message: string): void;
  /** Whether CreateTags on this resource is this model's business. */
  owns(resourceId: string): boolean;
  /** Tags of an instance, an interface or a volume. */
  tagsOf(resourceId: string): ReadonlyMap<string, string> | undefined;
  /** Who called what; the server adds what it forwarded. */
  readonly calls: Ring<RecordedCall>;
}

export function createEc2Model(options: Ec2Options): Ec2Model {
  const { clock } = options;
  const listeners: ((change: StateChange) => void)[] = [];
  const world = createWorld(options, (change) => {
    for (const listener of listeners) listener(change);
  });
  const calls = createRing<RecordedCall>(CALLS_KEPT);
  const owner = (resourceId: string) =>
    [...world.instances.values()].find((instance) => instance.tags.has(resourceId));
  return {
    call: createCall(world, calls, options),
    faults: world.faults,
    setTimings: (timings) => void Object.assign(world.timings, timings),
    settle: () => {
      settle(world, clock.nowMs());
    },
    nextChangeAt: () => nextChangeAt(world),
    onStateChange: (listener) => void listeners.push(listener),
    instances: () => [...world.instances.values()],
    instanceAt: (address) =>
      [...world.instances.values()].find((one) => one.address === address && one.state !== 'terminated'),
    fail(instanceId, message) {
      const instance = world.instances.get(instanceId);
      if (instance === undefined) return;
      terminate(world, instance, clock.nowMs(), {
        code: 'Server.InternalError',
        message: `Server.InternalError: ${message}`,
      });
    },
    owns: (resourceId) => resourceId.startsWith('i-') || owner(resourceId) !== undefined,
    tagsOf: (resourceId) => owner(resourceId)?.tags.get(resourceId),
    calls,
    catalog: options.catalog ?? createMemoryCatalog({}),
  };
}

/** One call, whole: what is due, the test's faults, the throttle, the fields, the action, the record of it. */
function createCall(world: World, calls: Ring<RecordedCall>, options: Ec2Options): Ec2Model['call'] {
  const { clock, catalog: ownCatalog = createMemoryCatalog({}) } = options;
  const throttle = createThrottle();
  const perform: {
    [Name in ActionName]: (call: Call, input: Actions[Name]['input']) => Actions[Name]['output'];
  } = {
    CreateFleet: (call, input) => createFleet(world, call, input),
    RunInstances: (call, input) => runInstances(world, call, input),
    DescribeInstances: (call, input) => describeInstances(world, call, input),
    DescribeInstanceStatus: (call, input) => describeInstanceStatus(world, call, input),
    TerminateInstances: (call, input) => terminateInstances(world, call, input),
    DescribeInstanceTypes: (call, input) => describeInstanceTypes(world, call, input),
    DescribeVolumes: (call, input) => describeVolumes(world, call, input),
    DescribeNetworkInterfaces: (call, input) => describeNetworkInterfaces(world, call, input),
    CreateTags: (call, input) => createTags(world, call, input),
  };
  return (action, input, { caller = rootOf(world.account), catalog = ownCatalog } = {}) => {
    const nowMs = clock.nowMs();
    settle(world, nowMs);
    const used: PermissionCheck[] = [];
    const note = (outcome: string) =>
      calls.add({
        atMs: nowMs,
        action,
        principal: caller.arn,
        outcome,
        used: used.map((check) => ({ action: check.action, resource: check.resource })),
      });
    const authorizeAndNote = (checks: readonly PermissionCheck[]) => {
      authorize(caller, checks);
      used.push(...checks);
    };
    try {
      const failure = world.faults.takeFailure(action);
      if (failure !== undefined) throw failure;
      throttle(action, input, nowMs);
      checkFields(HONOURED[action], input);
      const output = perform[action]({ nowMs, catalog, authorize: authorizeAndNote }, input);
      if (world.faults.takeLostReply(action)) throw new ReplyLostError();
      note('ok');
      return output;
    } catch (error) {
      note(error instanceof Error ? error.name : 'unknown');
      throw error;
    }
  };
}

function createThrottle() {
  const buckets = new Map(
    Object.entries(REQUEST_BUCKETS).map(([name, size]) => [name, createTokenBucket(size)]),
  );
  return (action: ActionName, input: object, nowMs: number) => {
    const isUnbounded =
      action === 'DescribeInstances' &&
      !('InstanceIds' in input || 'Filters' in input || 'MaxResults' in input);
    const bucket = buckets.get(isUnbounded ? 'DescribeAllInstances' : action);
    if (bucket?.take(nowMs) === false) throw errorOf('RequestLimitExceeded');
  };
}

function createWorld(options: Ec2Options, publish: (change: StateChange) => void): World {
  return {
    account: options.account,
    region: options.region,
    vcpuLimit: options.vcpuLimit ?? VCPU_LIMIT,
    timings: { ...TIMINGS, ...options.timings },
    addresses: options.addresses,
    random: createRandom(options.seed),
    faults: createFaults(),
    instances: new Map(),
    tokens: new Map(),
    fleets: new Map(),
    resourceBuckets: {
      RunInstances: createTokenBucket(RESOURCE_BUCKETS.RunInstances),
      TerminateInstances: createTokenBucket(RESOURCE_BUCKETS.TerminateInstances),
    },
    launched: 0,
    publish,
  };
}

/** EC2: the strict model behind the real adapter, whose instances become simulated machines once they run. */
import type { HostLauncher } from '../../../functions/usecases/ports.ts';
import { inMemoryHostLauncher, SUBNETS, TEMPLATES } from '../../support/in-memory/host-launcher.ts';
import type { Random } from '../engine/random.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { Hooks } from './watch.ts';

export interface SimulatedEc2 {
  readonly port: HostLauncher;
  readonly model: ReturnType<typeof inMemoryHostLauncher>['model'];
  /** Instances that run or are about to, with what their tags say. */
  alive(): readonly LivingInstance[];
  /** What the metadata service of an instance says of its host; undefined: it was not named yet. */
  hostOf(instanceId: string): string | undefined;
  /** Lets happen what is due, and looks again when the next thing is. */
  settle(): void;
}

export interface LivingInstance {
  readonly id: string;
  /** Undefined: not named yet. */
  readonly host: string | undefined;
  readonly batch: string | undefined;
  readonly launchedAtMs: number;
}

export interface Ec2Options {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly hooks: Hooks;
  readonly trace: (what: string) => void;
  readonly onState: (change: {
    readonly instanceId: string;
    readonly address: string;
    readonly zone: string;
    readonly state: string;
  }) => void;
  /** Plants a bug between the provision loop and EC2. */
  readonly bug?: (port: HostLauncher) => HostLauncher;
}

export const CLUSTER = 'berth';
/** Milliseconds until a launch runs, and until a termination is over. */
const PENDING_MS = 12_000;
const SHUTTING_DOWN_MS = 15_000;

export function createEc2(options: Ec2Options): SimulatedEc2 {
  const { scheduler, hooks } = options;
  const twin = inMemoryHostLauncher({
    clock: { nowMs: scheduler.nowMs },
    cluster: CLUSTER,
    seed: 'simulation',
    vcpuLimit: 64,
    timings: { pendingMs: PENDING_MS, shuttingDownMs: SHUTTING_DOWN_MS, describeLagMs: 2000 },
  });
  const { model } = twin;
  let planned: { cancelled: boolean; atMs: number } | undefined;

  const settle = (): void => {
    model.settle();
    const nextMs = model.nextChangeAt();
    if (nextMs === undefined || planned?.atMs === nextMs) return;
    if (planned) planned.cancelled = true;
    planned = scheduler.at(nextMs, () => {
      planned = undefined;
      settle();
    });
  };
  model.onStateChange(({ instance, state }) => {
    const tags = instance.tags.get(instance.id);
    if (tags?.get('berth:cluster') !== CLUSTER) return;
    options.trace(`${instance.id} is ${state}`);
    options.onState({
      instanceId: instance.id,
      address: instance.address,
      zone: instance.launch.subnet.zone,
      state,
    });
  });

  const port: HostLauncher = {
    ...twin,
    launch: async (parameters) => {
      const outcome = await twin.launch(parameters);
      options.trace(`launch ${parameters.batch} ${outcome.kind}`);
      hooks.launched(parameters, outcome);
      settle();
      return outcome;
    },
    terminate: async (instanceId) => {
      hooks.terminating(instanceId);
      const accepted = await twin.terminate(instanceId);
      options.trace(`terminate ${instanceId} ${accepted}`);
      settle();
      return accepted;
    },
  };
  // An instance of another cluster in the same account: never ours to touch.
  void twin.launcherOf('another').launch({
    launchTemplateId: TEMPLATES.x86_64,
    launchTemplateVersion: '1',
    instanceType: 't3.small',
    architecture: 'x86_64',
    subnetId: SUBNETS[0],
    clientToken: 'another',
    batch: 'b-another',
    size: 1,
    offerings: [{ instanceType: 't3.small', subnetId: SUBNETS[0], zone: 'us-east-1a' }],
  });

  return {
    port: options.bug ? options.bug(port) : port,
    model,
    settle,
    alive: () =>
      model
        .instances()
        .filter(({ state }) => state === 'pending' || state === 'running')
        .filter(({ id, tags }) => tags.get(id)?.get('berth:cluster') === CLUSTER)
        .map(({ id, tags, launchedAtMs }) => ({
          id,
          host: tags.get(id)?.get('berth:host'),
          batch: tags.get(id)?.get('berth:intent'),
          launchedAtMs,
        })),
    hostOf: (instanceId) => model.tagsOf(instanceId)?.get('berth:host'),
  };
}

/** Everything of one simulated cluster, put together: clock, control plane, cloud, machines, and who watches. */
import { DEFAULT_SETTINGS, type ClusterSettings } from '../../../functions/core/model/cluster.ts';
import { NOON_MS } from '../../support/fake-clock.ts';
import { createRandom, type Random } from '../engine/random.ts';
import { createScheduler, type Scheduler } from '../engine/scheduler.ts';
import { createTrace, type Trace } from '../engine/trace.ts';
import type { Mutant } from '../mutants.ts';
import { createControlPlane, type ControlPlane } from './control-plane.ts';
import { CLUSTER, createEc2, type SimulatedEc2 } from './ec2.ts';
import { createLoad, type Load } from './load.ts';
import { createMachine, type Machine } from './machine.ts';
import { createMood, type Mood } from './mood.ts';
import { createNetwork } from './network.ts';
import { createNeighbours, type Neighbours } from './neighbours.ts';
import { createSockets, type Sockets } from './sockets.ts';
import { createHub, type Hub } from './watch.ts';
import { createZone, type SimulatedZone } from './zone.ts';

export interface WorldOptions {
  readonly seed: string;
  readonly settings: Partial<ClusterSettings>;
  readonly hostsMax: number;
  readonly relistMs: number;
  readonly propagationMs: number;
  /** Images that the registry has. */
  readonly images: readonly string[];
  /** Milliseconds by which agents' clocks differ from the control plane's, at most. */
  readonly skewMs: number;
  /** A planted bug. */
  readonly mutant?: Mutant;
  /** Lines of the trace to keep. */
  readonly keep?: number;
}

export interface World {
  readonly options: WorldOptions;
  readonly settings: ClusterSettings;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly hub: Hub;
  readonly mood: Mood;
  readonly controlPlane: ControlPlane;
  readonly ec2: SimulatedEc2;
  readonly zone: SimulatedZone;
  /** By instance id; also those that are gone. */
  readonly machines: ReadonlyMap<string, Machine>;
  readonly neighbours: Neighbours;
  readonly sockets: Sockets;
  readonly load: Load;
  /** The living machine of a host. */
  machineOf(host: string): Machine | undefined;
  random(name: string): Random;
  /** Faults that took effect, by kind. */
  readonly faults: ReadonlyMap<string, number>;
  count(fault: string): void;
  note(what: string): void;
  start(): Promise<void>;
}

/** Until user data has brought the agent up. */
const BOOT_MS = { from: 15_000, to: 40_000 } as const;

/** How often an agent looks for its name. */
const NAME_LOOK_MS = 500;

export function createWorld(options: WorldOptions): World {
  const scheduler = createScheduler(NOON_MS);
  const trace = createTrace(options.keep ?? 0);
  const random = (name: string): Random => createRandom(`${options.seed}/${name}`);
  const note = (what: string): void => trace.add(scheduler.nowMs() - NOON_MS, what);
  const hub = createHub();
  const { hooks } = hub;
  const mood = createMood();
  const faults = new Map<string, number>();
  const count = (fault: string): void => void faults.set(fault, (faults.get(fault) ?? 0) + 1);
  const { mutant } = options;
  const pool = { instanceType: 't3.small', architecture: 'x86_64', hostsMax: options.hostsMax } as const;
  const settings: ClusterSettings = { ...DEFAULT_SETTINGS, pool, ...options.settings };
  const boots = random('boots');
  const machines = new Map<string, Machine>();
  const byHost = new Map<string, Machine>();
  const bugs = mutant?.({ nowMs: scheduler.nowMs, scheduler, machines, mood }) ?? {};
  const common = { scheduler, hooks, trace: note };
  const load = createLoad(machines, random('load'));

  const zone = createZone({
    ...common,
    propagationMs: options.propagationMs,
    ...(bugs.zone ? { bug: bugs.zone } : {}),
  });
  const ec2 = createEc2({
    ...common,
    random: random('ec2'),
    onState: (change) => {
      const machine = machines.get(change.instanceId);
      if (change.state === 'running') boot(change);
      else if (change.state === 'shutting-down' && machine) machine.powerOff();
      void controlPlane.functions.events
        .invoke({ kind: 'state change', instanceId: change.instanceId })
        .then((ended) => controlPlane.onEnded('events', ended));
    },
    ...(bugs.ec2 ? { bug: bugs.ec2 } : {}),
  });
  const sockets = createSockets({
    scheduler,
    mood,
    count,
    random: random('sockets'),
    machineOf: (host) => byHost.get(host),
    invoke: (call) => controlPlane.functions.doorbell.invoke(call),
  });
  const controlPlane = createControlPlane({
    ...common,
    mood,
    count,
    random: random('functions'),
    launcher: ec2.port,
    directory: zone.port,
    doorbell: sockets.doorbell,
    ...(bugs.stores ? { bug: bugs.stores } : {}),
    ...(bugs.mistakeCaller ? { mistakeCaller: bugs.mistakeCaller } : {}),
    ...(bugs.acknowledgeFailures === undefined ? {} : { acknowledgeFailures: bugs.acknowledgeFailures }),
  });
  const neighbours = createNeighbours(scheduler, (address) => {
    const instance = ec2.model.instanceAt(address);
    return instance && machines.get(instance.id);
  });
  const network = createNetwork({
    ...common,
    random: random('network'),
    agentApi: controlPlane.functions.agentApi,
    onEnded: controlPlane.onEnded,
  });

  /** Agents wait until their instance is named; nothing else of a machine is seen before that. */
  function boot(change: { instanceId: string; address: string; zone: string }): void {
    const { instanceId, address } = change;
    const host = ec2.hostOf(instanceId);
    if (host === undefined) {
      const isThere = ec2.alive().some(({ id }) => id === instanceId);
      if (isThere) scheduler.in(NAME_LOOK_MS, () => boot(change));
      return;
    }
    const own = random(`machine/${instanceId}`);
    const machine = createMachine({
      ...common,
      instanceId,
      host,
      address,
      zone: change.zone,
      cluster: CLUSTER,
      images: options.images,
      relistMs: options.relistMs,
      skewMs: Math.round((own.next() * 2 - 1) * options.skewMs),
      random: own,
      controlPlane: (of) => (bugs.controlPlane ? bugs.controlPlane(network(of), of) : network(of)),
      openSocket: sockets.openOf,
      neighbours: neighbours.of,
      onReach: neighbours.changed,
      cpuMillisOf: load.of,
      ...(bugs.docker ? { bug: bugs.docker } : {}),
    });
    machines.set(instanceId, machine);
    byHost.set(host, machine);
    if (mood.brokenBoots > 0) {
      mood.brokenBoots -= 1;
      machine.broken = true;
      count('boot-failed');
    }
    scheduler.in(boots.between(BOOT_MS.from, BOOT_MS.to), () => machine.startAgent());
  }

  return {
    options,
    settings,
    scheduler,
    trace,
    hub,
    mood,
    controlPlane,
    ec2,
    zone,
    machines,
    neighbours,
    sockets,
    load,
    machineOf: (host) => byHost.get(host),
    random,
    faults,
    count,
    note,
    start: async () => {
      await controlPlane.configure(settings);
      controlPlane.queues.start();
      const minute = (): void => {
        hooks.minute();
        scheduler.in(60_000, minute);
      };
      scheduler.in(60_000, minute);
    },
  };
}

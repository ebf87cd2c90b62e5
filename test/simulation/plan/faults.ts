/** Makes faults happen. Each returns what takes it back; calling that twice, or late, does no harm. */
import { INTERRUPTION_MS } from '../../../functions/usecases/note-instance-event.ts';
import type { EngineErrorKind } from '../../../agent/docker/engine.ts';
import { LABELS } from '../../../agent/docker/engine.ts';
import type { HostId } from '../../../functions/core/model/ids.ts';
import type { FunctionName } from '../world/mood.ts';
import type { Machine } from '../world/machine.ts';
import { play } from '../world/programs.ts';
import type { World } from '../world/world.ts';
import type { FaultKind } from './fault-kinds.ts';
import { flap, flappingWith } from './flapping.ts';
import type { Fault } from './plan.ts';

export type Heal = () => void;

const FUNCTIONS: readonly FunctionName[] = [
  'reconcile',
  'register',
  'provision',
  'tick',
  'api',
  'agent-api',
  'events',
  'doorbell',
];
const EC2_ERRORS = [
  'RequestLimitExceeded',
  'InternalError',
  'Unavailable',
  'InsufficientInstanceCapacity',
  'VcpuLimitExceeded',
  'InsufficientFreeAddressesInSubnet',
] as const;
const DOCKER_ERRORS: readonly EngineErrorKind[] = ['refused', 'timeout', 'unreachable', 'port-taken'];

const nothing: Heal = () => undefined;

/** Null: there was nothing that it could hit. */
export function inflict(world: World, fault: Fault): Heal | null {
  const heal = KINDS[fault.fault](world, fault);
  if (heal === null) return null;
  world.count(fault.fault);
  world.note(`fault ${fault.fault} for ${fault.forMs}`);
  return heal;
}

type Infliction = (world: World, fault: Fault) => Heal | null;

const pick = <T>(items: readonly T[], target: number): T | undefined => items[target % items.length];

const living = (world: World): Machine[] => [...world.machines.values()].filter((machine) => machine.on);
const onMachine =
  (act: (machine: Machine, world: World, fault: Fault) => Heal | null): Infliction =>
  (world, fault) => {
    const machine = pick(living(world), fault.target);
    return machine === undefined ? null : act(machine, world, fault);
  };

/** A container of ours on some machine. */
const onContainer = (
  act: (machine: Machine, name: string, world: World, fault: Fault) => Heal | null,
): Infliction =>
  onMachine((machine, world, fault) => {
    const { target } = fault;
    const ours = machine.docker
      .everything()
      .filter(({ state, labels }) => state === 'running' && labels[LABELS.cluster] === 'berth');
    const container = pick(ours, target >> 4);
    return container === undefined ? null : act(machine, container.name, world, fault);
  });

const restartLater = (world: World, machine: Machine, ms: number): Heal => {
  const restart = (): void => machine.startAgent();
  world.scheduler.in(ms, restart);
  return restart;
};

const KINDS: Readonly<Record<FaultKind, Infliction>> = {
  'kill-function': ({ mood }, { target, strength }) => {
    const name = pick(FUNCTIONS, target)!;
    const kills = mood.kills.get(name) ?? [];
    const times = 1 + (target % 3);
    for (let index = 0; index < times; index += 1)
      kills.push({
        call: 1 + Math.floor(strength * 18) + index,
        when: (target >> 3) % 2 === 0 ? 'before' : 'after',
      });
    mood.kills.set(name, kills);
    return () => mood.kills.delete(name);
  },
  'slow-function': ({ mood }, { target, strength }) => {
    const name = pick(FUNCTIONS, target)!;
    mood.slow.set(name, 20 + Math.floor(strength * strength * 6000));
    return () => mood.slow.delete(name);
  },
  'throttle-ports': ({ mood }, { strength }) => {
    mood.portThrottled = 0.02 + strength * 0.3;
    return () => (mood.portThrottled = 0);
  },
  'lose-port-answers': ({ mood }, { strength }) => {
    mood.portAnswerLost = 0.02 + strength * 0.2;
    return () => (mood.portAnswerLost = 0);
  },
  'lose-wakes': ({ mood }, { strength }) => {
    mood.wakesLost = strength < 0.3 ? 1 : strength;
    return () => (mood.wakesLost = 0);
  },
  'double-wakes': ({ mood }, { strength }) => {
    mood.wakesDoubled = strength;
    return () => (mood.wakesDoubled = 0);
  },
  'late-wakes': ({ mood }, { strength }) => {
    mood.wakesLate = strength;
    return () => (mood.wakesLate = 0);
  },
  'control-plane-down': ({ mood }) => {
    mood.controlPlaneDown = true;
    return () => (mood.controlPlaneDown = false);
  },
  'cut-host': onMachine((machine, world, { strength, target }) => {
    machine.link.cut = strength < 0.4 ? 'both' : strength < 0.7 ? 'requests' : 'replies';
    const isolate = (isIsolated: boolean): void => {
      machine.isIsolated = isIsolated;
      world.neighbours.changed(machine);
    };
    if ((target >> 9) % 2 === 0) isolate(true);
    return () => {
      machine.link.cut = 'no';
      isolate(false);
    };
  }),
  'neighbours-cut': onMachine((machine, world) => {
    machine.isIsolated = true;
    world.neighbours.changed(machine);
    return () => {
      machine.isIsolated = false;
      world.neighbours.changed(machine);
    };
  }),
  'slow-link': onMachine((machine, _world, { strength }) => {
    machine.link.slowMs = 100 + Math.floor(strength * 11_000);
    return () => (machine.link.slowMs = 25);
  }),
  'late-requests': onMachine((machine, _world, { strength }) => {
    machine.link.late = 0.1 + strength * 0.5;
    return () => (machine.link.late = 0);
  }),
  'agent-crash': onMachine((machine, world, { strength }) => {
    machine.killAgent();
    return restartLater(world, machine, 500 + Math.floor(strength * 60_000));
  }),
  'agent-crash-at-call': onMachine((machine, world, { strength, forMs }) => {
    machine.crashAtCall = 1 + Math.floor(strength * 30);
    const restart = restartLater(world, machine, forMs);
    return () => {
      machine.crashAtCall = undefined;
      restart();
    };
  }),
  'state-file-lost': onMachine((machine, world) => {
    machine.killAgent();
    machine.loseStateFile();
    return restartLater(world, machine, 2000);
  }),
  'disk-full': onMachine((machine) => {
    machine.diskFull = true;
    return () => (machine.diskFull = false);
  }),
  'host-reboot': onMachine((machine, world, { strength }) => {
    machine.powerOff();
    const on = (): void => {
      const isGone = !world.ec2.alive().some(({ id }) => id === machine.instanceId);
      if (!machine.on && !isGone) machine.powerOn();
    };
    world.scheduler.in(20_000 + Math.floor(strength * 60_000), on);
    return on;
  }),
  'host-falls-silent': onMachine((machine) => {
    // EC2 goes on saying that it runs.
    machine.powerOff();
    return nothing;
  }),
  'host-dies': onMachine((machine, world) => {
    world.ec2.model.fail(machine.instanceId, 'the hardware failed (simulated)');
    world.ec2.settle();
    return nothing;
  }),
  'clock-jump': onMachine((machine, _world, { strength }) => {
    machine.skewMs += Math.round((strength * 2 - 1) * 600_000);
    return nothing;
  }),
  'docker-hangs': onMachine((machine) => {
    machine.dockerHangs = true;
    return () => (machine.dockerHangs = false);
  }),
  'docker-down': onMachine((machine) => {
    machine.docker.setDown(true);
    return () => machine.docker.setDown(false);
  }),
  'docker-errors': onMachine((machine, _world, { target, strength }) => {
    const call = pick(['create', 'start', 'kill', 'remove', 'inspect', 'list', 'pull'] as const, target)!;
    machine.docker.failNext(call, pick(DOCKER_ERRORS, target >> 5)!, {
      times: 1 + Math.floor(strength * 3),
      afterwards: (target >> 8) % 2 === 0,
    });
    return () => machine.docker.forgiveFailures();
  }),
  'container-crash': onContainer((machine, name) => {
    machine.docker.crash(name, 139);
    return nothing;
  }),
  'container-removed': onContainer((machine, name) => {
    machine.docker.removeByHand(name);
    return nothing;
  }),
  'container-unhealthy': onContainer((machine, name) => {
    const found = machine.docker.everything().find((one) => one.name === name);
    if (found === undefined || found.health === 'none') return nothing;
    // A check that never passes would not pass when this is over either.
    if (play(found.options).healthyAfterMs === undefined) return nothing;
    machine.docker.setHealth(name, 'unhealthy', 'it does not answer (simulated)');
    return () => {
      const stays = machine.docker
        .everything()
        .some((one) => one.name === name && one.health === 'unhealthy');
      if (stays) machine.docker.setHealth(name, 'healthy');
    };
  }),
  'probes-flap': onContainer((machine, name, world, { target, strength }) => {
    const all = flappingWith(world, { machine, name }, (target >> 10) % 3 > 0);
    return all.length === 0 ? null : flap(world, all, 1000 + Math.floor(strength * 20_000));
  }),
  'boot-fails': ({ mood }) => {
    mood.brokenBoots = 1;
    return () => (mood.brokenBoots = 0);
  },
  'ec2-error': ({ ec2 }, { target }) => {
    const code = pick(EC2_ERRORS, target)!;
    // Of the whole call, or of one offering after the other.
    const action = target % 7 < 4 ? 'CreateFleet' : 'RunInstances';
    ec2.model.faults.failNext(action, { code, times: 1 + (target % 3) });
    if (target % 2 === 0) ec2.model.faults.failNext('DescribeInstances', { code: 'RequestLimitExceeded' });
    if (target % 5 === 0) ec2.model.faults.failNext('TerminateInstances', { code: 'InternalError' });
    return () => ec2.model.faults.clear();
  },
  'ec2-lost-reply': ({ ec2 }, { target }) => {
    ec2.model.faults.loseReply(target % 3 === 0 ? 'TerminateInstances' : 'CreateFleet');
    return () => ec2.model.faults.clear();
  },
  'ec2-no-capacity': (world, { target, forMs }) => {
    const zone = target % 2 === 0 ? 'us-east-1a' : 'us-east-1b';
    const untilMs = world.scheduler.nowMs() + forMs;
    world.ec2.model.faults.setCapacity({ instanceType: 't3.small', zone, untilMs });
    return () => world.ec2.model.faults.clear();
  },
  'ec2-lag': ({ ec2 }, { strength }) => {
    ec2.model.setTimings({ describeLagMs: 5000 + Math.floor(strength * 100_000) });
    return () => ec2.model.setTimings({ describeLagMs: 2000 });
  },
  'ec2-hides': (world, { target, forMs }) => {
    const instance = pick(world.ec2.alive(), target);
    if (instance === undefined) return null;
    world.ec2.model.faults.hide(instance.id, world.scheduler.nowMs() + Math.min(forMs, 50_000));
    return () => world.ec2.model.faults.clear();
  },
  'spot-notice': onMachine((machine, world) => {
    const { instanceId } = machine;
    const { events } = world.controlPlane.functions;
    const notice = { kind: 'EC2 Spot Instance Interruption Warning', instanceId };
    void events.invoke(notice).then((ended) => world.controlPlane.onEnded('events', ended));
    world.scheduler.in(INTERRUPTION_MS, () => {
      if (!world.ec2.alive().some(({ id }) => id === instanceId)) return;
      world.ec2.model.fail(instanceId, 'EC2 took it (simulated)');
      world.ec2.settle();
    });
    return nothing;
  }),
  'drain-host': onMachine((machine, world, { target }) => {
    const ask = (kind: 'drain' | 'undrain'): void => {
      const { api } = world.controlPlane.functions;
      const call = api.invoke({ kind, host: machine.host as HostId });
      void call.then((ended) => world.controlPlane.onEnded('api', ended));
    };
    ask('drain');
    return target % 2 === 0 ? nothing : (): void => ask('undrain');
  }),
  // A switch of the network: many hosts at once are not heard, and go on.
  'many-cut': (world, { strength }) => {
    const all = living(world);
    const cut = all.slice(0, Math.ceil(all.length * (0.35 + strength * 0.6)));
    for (const machine of cut) machine.link.cut = 'both';
    return () => {
      for (const machine of cut) machine.link.cut = 'no';
    };
  },
  'dns-changed': ({ zone, scheduler }, { target }) => {
    const name = pick([...zone.servedTargets().keys()].sort(), target);
    return name !== undefined && zone.meddle(name, target % 2 === 0, scheduler.nowMs()) ? nothing : null;
  },
  'lose-rings': ({ mood }, { strength }) => {
    mood.ringsLost = strength < 0.5 ? 1 : strength;
    return () => (mood.ringsLost = 0);
  },
  'double-rings': ({ mood }, { strength }) => {
    mood.ringsDoubled = strength;
    return () => (mood.ringsDoubled = 0);
  },
  'sockets-end': ({ sockets }) => {
    sockets.cutAll();
    return nothing;
  },
  // The path is gone, and neither side is told.
  'sockets-die': ({ sockets }) => {
    sockets.cutAll(true);
    return nothing;
  },
  'ec2-short-pages': ({ ec2 }, { target }) => {
    ec2.model.faults.cutPages({ maximum: 1 + (target % 4), emptyFirst: target % 2 === 0 });
    return () => ec2.model.faults.cutPages(undefined);
  },
  'dns-throttled': ({ zone }, { strength }) => {
    zone.model.faults.throttleNext(1 + Math.floor(strength * 6));
    return nothing;
  },
  'dns-lost-reply': ({ zone }) => {
    zone.model.faults.loseReplyNext('ChangeResourceRecordSets');
    return nothing;
  },
  'dns-slow': ({ zone, options }, { strength }) => {
    zone.model.faults.propagationMs = 5000 + Math.floor(strength * 55_000);
    return () => (zone.model.faults.propagationMs = options.propagationMs);
  },
  'forged-call': onMachine((machine, world, { target }) => {
    const victim = pick(
      living(world).filter((other) => other !== machine),
      target >> 3,
    );
    if (victim === undefined) return null;
    const caller = { host: victim.host, instanceId: machine.instanceId };
    void world.controlPlane.functions.agentApi
      .invoke({ kind: 'manifest', caller, known: null })
      .then((ended) => {
        if (ended.kind === 'done') world.hub.hooks.forgedCallAnswered(machine.host, victim.host);
        else world.hub.hooks.forgedCallRefused();
      });
    return nothing;
  }),
};

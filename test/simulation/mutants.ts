/** Bugs to plant into a world, so that each invariant is seen to turn red. None of them is in the product. */
import type { ControlPlane as AgentControlPlane } from '../../agent/control-plane/control-plane.ts';
import type { DockerEngine } from '../../agent/docker/engine.ts';
import type { HostManifest } from '../../functions/core/model/task.ts';
import type { AgentCaller } from '../../functions/usecases/own-host.ts';
import type { HostLauncher, ServiceDirectory } from '../../functions/usecases/ports.ts';
import { ZONE } from '../support/builders.ts';
import { CANARY } from './plan/workload.ts';
import type { Scheduler } from './engine/scheduler.ts';
import type { Stores } from './world/control-plane.ts';
import type { Machine } from './world/machine.ts';
import type { Mood } from './world/mood.ts';

/** What a mutant may get its hands on. */
export interface Handles {
  readonly nowMs: () => number;
  readonly scheduler: Scheduler;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly mood: Mood;
}

export interface Bugs {
  readonly stores?: (stores: Stores) => Stores;
  readonly zone?: (port: ServiceDirectory) => ServiceDirectory;
  readonly ec2?: (port: HostLauncher) => HostLauncher;
  readonly docker?: (engine: DockerEngine, machine: Machine) => DockerEngine;
  readonly controlPlane?: (port: AgentControlPlane, machine: Machine) => AgentControlPlane;
  readonly acknowledgeFailures?: boolean;
  readonly mistakeCaller?: (caller: AgentCaller) => AgentCaller;
}

export type Mutant = (handles: Handles) => Bugs;

/** Something that is not so at first, so that the cluster comes up before the bug bites. */
const LATER_MS = 20 * 60_000;

const onManifests =
  (change: (manifest: HostManifest, isLate: boolean) => HostManifest): Mutant =>
  ({ nowMs }) => {
    const startMs = nowMs();
    return {
      stores: (stores) => ({
        ...stores,
        hosts: {
          ...stores.hosts,
          putManifest: (manifest, version) =>
            stores.hosts.putManifest(change(manifest, nowMs() - startMs > LATER_MS), version),
        },
      }),
    };
  };

type Assignment = HostManifest['assignments'][number];
const onAssignments = (change: (one: Assignment) => Assignment): Mutant =>
  onManifests((manifest, isLate) =>
    isLate ? { ...manifest, assignments: manifest.assignments.map(change) } : manifest,
  );

/** An agent that does something at its lists, when `when` says so. */
const agentThat =
  (
    act: (engine: DockerEngine, machine: Machine) => void,
    when: (machine: Machine, nowMs: number) => boolean,
  ): Mutant =>
  ({ nowMs }) => ({
    docker: (engine, machine) => ({
      ...engine,
      list: async () => {
        const listed = await engine.list();
        if (when(machine, nowMs())) act(engine, machine);
        return listed;
      },
    }),
  });

const killOne = (engine: DockerEngine, machine: Machine, ours = true): void => {
  const found = machine.docker
    .everything()
    .find(({ state, name }) => (ours ? state === 'running' : true) && name.includes('somebody') !== ours);
  if (found) engine.kill(found.id, 'SIGTERM').catch(() => undefined);
};

/** By the invariant that each one breaks. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  I1: onAssignments((one) => ({ ...one, cpuMillis: one.cpuMillis * 20 })),
  I2: onAssignments((one) => ({ ...one, ports: one.ports.map((port) => ({ ...port, host: 20_001 })) })),
  // Nothing is ever taken away.
  I3: onAssignments((one) => ({ ...one, wanted: 'run' })),
  I4: ({ nowMs }) => ({
    controlPlane: (port) => ({
      ...port,
      report: (host, body) => {
        const isOff = Math.floor(nowMs() / 1000) % 7 === 0;
        const tasks = body.tasks.map((task) => (isOff ? { ...task, phase: 'pulling' as const } : task));
        return port.report(host, { ...body, tasks });
      },
    }),
  }),
  I5: agentThat(killOne, ({ link }, nowMs) => link.confirmed && nowMs % 50 === 0),
  // Out of touch for long, it gives up.
  I6: agentThat(killOne, ({ link }, nowMs) => link.lastAnswerMs > 0 && nowMs - link.lastAnswerMs > 91_000),
  I7: agentThat(killOne, ({ link }) => !link.confirmed && link.lastAnswerMs > 0),
  I8: agentThat(
    (engine, machine) => killOne(engine, machine, false),
    ({ link }) => link.confirmed,
  ),
  // After a while no batch changes an SRV record any more.
  I9: ({ nowMs }) => {
    const startMs = nowMs();
    return {
      zone: (port) => ({
        ...port,
        apply: (changes, comment) =>
          port.apply(
            changes.filter(({ record }) => record.type !== 'SRV' || nowMs() - startMs < LATER_MS),
            comment,
          ),
      }),
    };
  },
  // No fence: neither the old plan number is deleted nor the new one made.
  I10: () => ({
    zone: (port) => ({
      ...port,
      apply: (changes, comment) =>
        port.apply(
          changes.filter(({ record }) => record.type !== 'TXT'),
          comment,
        ),
    }),
  }),
  // A hundred names more than there are, made with one batch and deleted with the next.
  I11: () => {
    const extra = Array.from({ length: 101 }, (_, index) => ({
      name: `_http._tcp.web-${index}.extra.${ZONE}`,
      type: 'SRV' as const,
      ttlSeconds: 10,
      values: [`0 1 20000 h-extra.${ZONE}.`],
    }));
    let batches = 0;
    return {
      zone: (port) => ({
        ...port,
        apply: async (changes, comment) => {
          const action = batches === 0 ? ('UPSERT' as const) : ('DELETE' as const);
          const more = batches < 2 ? extra.map((record) => ({ action, record })) : [];
          const outcome = await port.apply([...changes, ...more], comment);
          if (outcome.kind === 'accepted') batches += 1;
          return outcome;
        },
      }),
    };
  },
  // Another token for each call.
  I12: () => {
    let calls = 0;
    return {
      ec2: (port) => ({
        ...port,
        launch: async (parameters) => {
          await port.launch({ ...parameters, clientToken: `other-${(calls += 1)}` });
          return port.launch(parameters);
        },
      }),
    };
  },
  I13: () => {
    let copies = 0;
    return {
      stores: (stores) => ({
        ...stores,
        hosts: {
          ...stores.hosts,
          putHost: async (host, version) => {
            await stores.hosts.putHost(host, version);
            if (host.state === 'requested' && host.version === 0)
              await stores.hosts.putHost({ ...host, id: `h-copy${(copies += 1)}` as typeof host.id }, 0);
          },
        },
      }),
    };
  },
  I14: ({ nowMs }) => {
    const startMs = nowMs();
    return {
      stores: (stores) => ({
        ...stores,
        hosts: {
          ...stores.hosts,
          putLease: async (lease) => {
            await stores.hosts.putLease(lease);
            const host = await stores.hosts.getHost(lease.host);
            if (host?.state === 'ready' && nowMs() - startMs > LATER_MS)
              await stores.hosts.putHost({ ...host, state: 'terminating' }, host.version);
          },
        },
      }),
    };
  },
  // What is frozen is given up.
  I15: () => ({
    stores: (stores) => ({
      ...stores,
      hosts: {
        ...stores.hosts,
        putHost: (host, version) =>
          stores.hosts.putHost(host.silence?.frozen === true ? { ...host, state: 'lost' } : host, version),
      },
    }),
  }),
  I16: () => ({ acknowledgeFailures: true }),
  I19: () => ({
    stores: (stores) => ({
      ...stores,
      stacks: {
        ...stores.stacks,
        putService: (state) => stores.stacks.putService(state, undefined as unknown as number),
      },
    }),
  }),
  I21: onAssignments((one) => (one.slot === 1 && one.wanted === 'run' ? { ...one, wanted: 'drain' } : one)),
  I22: onManifests((manifest, isLate) =>
    isLate ? { ...manifest, generation: manifest.generation - 1 } : manifest,
  ),
  I23: () => ({
    stores: (stores) => ({
      ...stores,
      decisions: {
        ...stores.decisions,
        append: (more) =>
          stores.decisions.append(more.map((one) => ({ ...one, message: `${one.message} ${CANARY}` }))),
      },
    }),
  }),
  // Whoever names a host is taken for it.
  I24: ({ machines }) => ({
    mistakeCaller: ({ host, instanceId }) => ({
      host,
      instanceId: [...machines.values()].find((one) => one.host === host)?.instanceId ?? instanceId,
    }),
  }),
  I26: () => ({
    stores: (stores) => ({
      ...stores,
      stacks: {
        ...stores.stacks,
        putService: (state, version) => {
          const memory = { failures: 1, retryAtMs: 0, reason: 'never forgotten' };
          const slots = { ...state.slots };
          for (let slot = 1; slot <= state.replicas + 1; slot += 1) slots[slot] = memory;
          return stores.stacks.putService({ ...state, slots }, version);
        },
      },
    }),
  }),
  // Records are accepted, and never made.
  I27: () => ({
    zone: (port) => ({
      ...port,
      apply: (changes, comment) =>
        port.apply(
          changes.filter(({ record }) => record.type !== 'SRV'),
          comment,
        ),
    }),
  }),
  // A deploy is never said to be over.
  I28: () => ({
    stores: (stores) => ({
      ...stores,
      stacks: {
        ...stores.stacks,
        putService: (state, version) => stores.stacks.putService({ ...state, state: 'progressing' }, version),
      },
    }),
  }),
  // Nobody is ever given up.
  I30: () => ({
    stores: (stores) => ({
      ...stores,
      hosts: {
        ...stores.hosts,
        putHost: (host, version) =>
          stores.hosts.putHost(host.state === 'lost' ? { ...host, state: 'suspect' } : host, version),
      },
    }),
  }),
  // Of two tasks of a replica both are kept.
  I31: onManifests((manifest) => ({
    ...manifest,
    assignments: manifest.assignments.map((one) =>
      one.reason === 'a second task of the same replica' ? { ...one, wanted: 'run' } : one,
    ),
  })),
  // Somebody's bounds are far above the document's.
  I37: () => ({
    stores: (stores) => ({
      ...stores,
      scales: {
        ...stores.scales,
        list: async () =>
          (await stores.scales.list()).map((one) => ({
            ...one,
            manual: { min: 9, max: 9, by: 'a bug', atMs: 0 },
          })),
      },
    }),
  }),
  // Each look finds another number than the one before.
  I38: () => {
    let calls = 0;
    return {
      stores: (stores) => ({
        ...stores,
        scales: {
          ...stores.scales,
          put: (scale, version) =>
            stores.scales.put({ ...scale, replicas: (calls += 1) % 2 === 0 ? 1 : 5 }, version),
        },
      }),
    };
  },
  I35: () => ({
    stores: (stores) => ({
      ...stores,
      stacks: {
        ...stores.stacks,
        listServices: async () => {
          const services = await stores.stacks.listServices();
          await Promise.all(
            services.map((one) => stores.stacks.putService(one, one.version).catch(() => undefined)),
          );
          return stores.stacks.listServices();
        },
      },
    }),
  }),
  // What leaves DNS counts as gone at once.
  O1: ({ nowMs }) => ({
    stores: (stores) => ({
      ...stores,
      directory: {
        ...stores.directory,
        putName: (name, version) => {
          const tasks = Object.entries(name.tasks).map(([task, entry]) => [
            task,
            entry.state === 'leaving' ? { ...entry, outAtMs: nowMs() } : entry,
          ]);
          return stores.directory.putName({ ...name, tasks: Object.fromEntries(tasks) as never }, version);
        },
      },
    }),
  }),
  O2: ({ nowMs }) => ({
    stores: (stores) => ({
      ...stores,
      stacks: {
        ...stores.stacks,
        list: () =>
          nowMs() % 97 === 0 ? Promise.reject(new TypeError('not a port’s error')) : stores.stacks.list(),
      },
    }),
  }),
};

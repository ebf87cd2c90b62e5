/** What an agent shall run. Specs come from revisions, which never change, so they are kept. */
import type { ContainerSpec, Manifest, WantedAgent as WireAgent } from '../../contract/agent-protocol.ts';
import type { ServiceSpec } from '../../contract/stack-spec.ts';
import type { WantedAgent } from '../core/model/agent.ts';
import type { Assignment } from '../core/model/task.ts';
import { NotFoundError } from './errors.ts';
import { emptyManifest } from './load-snapshot.ts';
import { ownHost, type AgentCaller } from './own-host.ts';
import { paceOf } from './pace.ts';
import type { Clock, ClusterStore, HostStore, StackStore } from './ports.ts';
import { hasSocket } from './replica-socket.ts';
import { settingsReader } from './read-settings.ts';

export interface ReadManifestDeps {
  readonly hosts: HostStore;
  readonly stacks: StackStore;
  readonly cluster: ClusterStore;
  readonly clock: Clock;
}

/** Null: the agent's generation is the current one. */
export function readManifest(
  deps: ReadManifestDeps,
): (caller: AgentCaller, known: number | null) => Promise<Manifest | null> {
  const kept = new Map<string, ContainerSpec>();
  const readSettings = settingsReader(deps.cluster);
  return async (caller, known) => {
    const host = await ownHost(deps.hosts, caller);
    const manifest = (await deps.hosts.getManifest(host.id)) ?? emptyManifest(host.id);
    if (manifest.generation === known) return null;
    const { settings } = await readSettings();
    const keys = new Map(manifest.assignments.map((one) => [specKey(one), one]));
    const specs = await Promise.all(
      [...keys].map(async ([key, one]) => [key, await specOf(deps, one, kept)] as const),
    );
    return {
      host: host.id,
      generation: manifest.generation,
      ...paceOf(host, settings, deps.clock.nowMs()),
      specs: Object.fromEntries(specs),
      ...(manifest.agent === null ? {} : { agent: toWire(manifest.agent) }),
      assignments: manifest.assignments.map((one) => ({
        task: one.task,
        stack: one.stack,
        service: one.service,
        slot: one.slot,
        revision: one.revision,
        wanted: one.wanted,
        spec: specKey(one),
        ports: one.ports.map((port) => ({ ...port })),
        ...(one.gpus === undefined ? {} : { gpus: [...one.gpus] }),
      })),
    };
  };
}

const toWire = ({ version, request, trialMs, archive }: WantedAgent): WireAgent => ({
  version,
  request,
  trialMs,
  ...(archive === null ? {} : { archive: { ...archive } }),
});

const specKey = ({ stack, service, revision }: Assignment): string => `${stack}/${service}@${revision}`;

async function specOf(
  { stacks }: ReadManifestDeps,
  one: Assignment,
  kept: Map<string, ContainerSpec>,
): Promise<ContainerSpec> {
  const key = specKey(one);
  const known = kept.get(key);
  if (known) return known;
  const spec = (await stacks.getRevision(one.stack, one.revision))?.spec.services[one.service];
  if (spec === undefined)
    throw new NotFoundError(`revision ${one.revision} of ${one.stack} has no service ${one.service}`);
  const container = toContainer(spec);
  kept.set(key, container);
  return container;
}

function toContainer(spec: ServiceSpec): ContainerSpec {
  const { ports, replicas, maxReplicasPerHost, autoscale, placement, resources, ...rest } = spec;
  const metrics = (autoscale?.targets ?? []).filter((target) => target.kind === 'metric');
  const { reservedDiskBytes, gpus, ...limits } = resources;
  return {
    ...rest,
    ...limits,
    ...(gpus === undefined ? {} : { gpuCapabilities: gpus.capabilities }),
    ...(hasSocket(spec) ? { socket: true } : {}),
    ...(metrics.length === 0 ? {} : { metrics: metrics.map(({ kind, ...metric }) => metric) }),
  };
}

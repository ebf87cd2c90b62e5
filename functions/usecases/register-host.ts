/** An agent presents itself, once per start: from now on its host takes tasks. */
import type { Registration, RegistrationReply } from '../../contract/agent-protocol.ts';
import { isComing, presentState, type Host } from '../core/model/host.ts';
import { firstSweep, NEVER_SWEPT } from '../core/model/sweep.ts';
import { ConflictError, ForbiddenError } from './errors.ts';
import { emptyManifest } from './load-snapshot.ts';
import { ownHost, type AgentCaller } from './own-host.ts';
import { paceOf } from './pace.ts';
import type { Clock, ClusterStore, DecisionLog, HostStore, Ids, SweepStore, Wakes } from './ports.ts';
import { recordDecisions } from './record-decisions.ts';
import { settingsReader, unlessUnreadable } from './read-settings.ts';

export interface AgentDeps {
  readonly hosts: HostStore;
  readonly cluster: ClusterStore;
  readonly sweep: SweepStore;
  readonly decisions: DecisionLog;
  readonly wakes: Pick<Wakes, 'reconcile'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly zone: string;
}

export function registerHost(
  deps: AgentDeps,
): (caller: AgentCaller, body: Registration) => Promise<RegistrationReply> {
  const readSettings = settingsReader(deps.cluster);
  return async (caller, body) => {
    if (body.instanceId !== caller.instanceId)
      throw new ForbiddenError(`${caller.instanceId} says that it is ${body.instanceId}`);
    const host = await waking(deps, () => ownHost(deps.hosts, caller));
    const manifest = (await deps.hosts.getManifest(host.id)) ?? emptyManifest(host.id);
    if (manifest.version === 0) await deps.hosts.putManifest(manifest, 0).catch(unlessThere);
    await deps.hosts.putHost(present(host, body, deps.clock.nowMs()), host.version);
    if (host.registeredAtMs === null) {
      await noteThatWeListen(deps);
      const took = Math.round((deps.clock.nowMs() - host.requestedAtMs) / 1000);
      const message = `${body.instanceId} (${body.instanceType}, ${body.zone}, ${body.address}) is ready, ${took} s after it was asked for`;
      await recordDecisions(deps, 'agent-api', [
        { code: 'host-registered', subject: host.id, stack: null, message },
      ]);
    }
    await deps.wakes.reconcile('a host registered');
    const { settings } = await readSettings();
    return {
      host: host.id,
      generation: manifest.generation,
      zone: deps.zone,
      ...paceOf(host, settings, deps.clock.nowMs()),
    };
  };
}

function present(host: Host, body: Registration, nowMs: number): Host {
  const { cpuMillis, memoryBytes, pids, diskBytes, gpus } = body.capacity;
  return {
    ...host,
    // One that was thought silent is judged by its beats, like any other.
    ...(isComing(host.state) ? { state: presentState(host), reason: 'its agent has registered' } : {}),
    address: body.address,
    zone: body.zone,
    capacity: { cpuMillis, memoryBytes, pids, diskBytes, ...(gpus === undefined ? {} : { gpus }) },
    registeredAtMs: host.registeredAtMs ?? nowMs,
    bootId: body.bootId,
    agentVersion: body.agentVersion,
  };
}

/** Not on record yet: whoever records it may have died, so have the loops look. */
async function waking<T>(deps: AgentDeps, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConflictError)
      await deps.wakes.reconcile('an agent waits for its launch to be recorded');
    throw error;
  }
}

/** The first host of a cluster that nobody has looked at: else what falls silent before the first tick is excused. */
async function noteThatWeListen({ sweep, clock }: AgentDeps): Promise<void> {
  const last = await unlessUnreadable(() => sweep.load(), { kind: 'sweep', left: undefined });
  const note = firstSweep(last ?? NEVER_SWEPT, clock.nowMs());
  if (note !== null) await sweep.note(note).catch(unlessThere);
}

function unlessThere(error: unknown): void {
  if (!(error instanceof ConflictError)) throw error;
}

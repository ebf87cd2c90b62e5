/**
 * Tells the control plane that this host is here, once per start of the agent, until it has heard.
 *
 * An agent that starts while Docker hangs registers with what Docker said of itself before: its containers go on, so
 * the host must not look dead.
 */
import type { Registration } from '../../contract/agent-protocol.ts';
import { jitteredDelayMs, type Clock } from '../clock.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { Identity } from '../control-plane/metadata.ts';
import { noAnswer, type DockerEngine, type EngineFacts } from '../docker/engine.ts';
import type { HostFacts } from '../host/host-facts.ts';
import { messageOf, type Log } from '../log.ts';
import { agentVersion } from '../version.ts';
import type { Link } from './link.ts';
import type { Store } from './store.ts';

export interface RegisterOptions {
  readonly identity: Identity;
  readonly controlPlane: Pick<ControlPlane, 'register'>;
  readonly engine: Pick<DockerEngine, 'about'>;
  readonly facts: HostFacts;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const RETRY = { baseMs: 500, capMs: 10_000 };

/** Resolves with the link, or with undefined when the agent is stopped before. Never rejects. */
export async function register(options: RegisterOptions): Promise<Link | undefined> {
  const { identity, clock, log } = options;
  for (let failures = 0; !options.signal.aborted;) {
    try {
      const docker = await aboutDocker(options);
      const registration = await describeHost(options, docker);
      const reply = await options.controlPlane.register(identity.host, registration);
      log.info('registered', {
        host: identity.host,
        instance: identity.instanceId,
        generation: reply.generation,
      });
      return {
        host: identity.host,
        bootId: registration.bootId,
        dataRoot: docker.dataRoot,
        online: false,
        pollMs: reply.pollMs,
        socketPollMs: reply.socketPollMs ?? reply.pollMs,
        beatMs: reply.beatMs,
        socketAlive: false,
        reportedSeq: 0,
        announcedGeneration: reply.generation,
      };
    } catch (error) {
      log.warn('not-registered', { failures: ++failures, error: messageOf(error) });
      await clock.sleep(jitteredDelayMs(failures, RETRY, options.random), options.signal);
    }
  }
  return undefined;
}

async function aboutDocker({ engine, store }: RegisterOptions): Promise<EngineFacts> {
  try {
    const now = await engine.about();
    const before = store.get().engine;
    if (JSON.stringify(now) !== JSON.stringify(before)) {
      store.set({ engine: now });
      store.saveSoon();
    }
    return now;
  } catch (error) {
    const before = store.get().engine;
    if (before === undefined || !noAnswer(error)) throw error;
    return before;
  }
}

async function describeHost(options: RegisterOptions, docker: EngineFacts): Promise<Registration> {
  const { identity } = options;
  return {
    instanceId: identity.instanceId,
    bootId: await options.facts.bootId(),
    agentVersion,
    address: identity.address,
    zone: identity.zone,
    instanceType: identity.instanceType,
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    capacity: await options.facts.capacity(docker.dataRoot),
    docker: {
      version: docker.version,
      apiVersion: docker.apiVersion,
      cgroupVersion: docker.cgroupVersion,
      storageDriver: docker.storageDriver,
    },
  };
}

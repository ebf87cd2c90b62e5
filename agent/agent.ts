/**
 * The agent, put together: which loop wakes which.
 *
 *     Docker's events, lists ─▶ observer ─┐
 *     control plane ─▶ manifest loop ─────┼─▶ converger ─▶ steps through Docker ─▶ observer
 *     replicas' words, probes ─▶ prober ──┤        │
 *     metadata block ─▶ guard ────────────┘        └─────▶ report loop ─▶ control plane
 *
 * It begins with what the state file holds: containers are adopted, restarted and watched before, and without, a word
 * of the control plane; after a reboot, when none is left to watch, that word is waited for a while. Everything outside
 * comes in as a port, so tests and simulations run this very program.
 */
import { jitteredDelayMs, type Clock } from './clock.ts';
import type { AgentConfig } from './config.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import type { Identity } from './control-plane/metadata.ts';
import type { OpenSocket } from './control-plane/socket.ts';
import type { DockerEngine } from './docker/engine.ts';
import type { HostFacts } from './host/host-facts.ts';
import type { MetadataBlock } from './host/metadata-block.ts';
import { messageOf, type Log } from './log.ts';
import { answerNeighbours } from './loops/answer.ts';
import { createBeatLoop } from './loops/beat.ts';
import { createConverger, type Converger } from './loops/converge.ts';
import { createDoorbellLoop } from './loops/doorbell.ts';
import { createFirstWord, type FirstWordOptions } from './loops/first-word.ts';
import { createGuard, type Guard } from './loops/guard.ts';
import { createHealth } from './loops/health.ts';
import { keepImageRoom } from './loops/image-room.ts';
import { createImageLoop } from './loops/images.ts';
import type { Link } from './loops/link.ts';
import { createManifestLoop } from './loops/manifest.ts';
import { createObserver, type View } from './loops/observe.ts';
import { register } from './loops/register.ts';
import { createReportLoop, type Findings, type ReportLoop } from './loops/report.ts';
import { createStepRunner } from './loops/run-step.ts';
import { createStore, type Store } from './loops/store.ts';
import { createTidy } from './loops/tidy.ts';
import { createUpgradeLoop, type UpgradeLoop, type UpgradeLoopOptions } from './loops/upgrade.ts';
import type { ReadCounters } from './metrics/container-counters.ts';
import { createMeter, type Meter } from './metrics/meter.ts';
import { createPushed } from './metrics/pushed.ts';
import type { Scrape } from './metrics/scrape.ts';
import type { NeighbourNet } from './neighbours/neighbour-net.ts';
import type { ProbeRunner } from './probes/probe-runner.ts';
import type { SignalSockets } from './signals/signal-sockets.ts';
import { remembered } from './remembered.ts';
import type { AgentState, StateFile } from './state-file.ts';
import { reportTasks } from './tasks/report-tasks.ts';
import type { Upgrades } from './upgrade/upgrades.ts';
import { agentVersion } from './version.ts';

/** Before registering again. */
const AGAIN = { baseMs: 5000, capMs: 5000 };

export interface AgentPorts {
  readonly config: AgentConfig;
  readonly engine: DockerEngine;
  /** Who this host is; rejects while that is not known yet. */
  readonly identity: () => Promise<Identity>;
  readonly controlPlane: (identity: Identity) => ControlPlane;
  /** The doorbell. */
  readonly openSocket: OpenSocket;
  readonly stateFile: StateFile;
  readonly metadataBlock: MetadataBlock;
  readonly facts: HostFacts;
  /** How far the host's clock is ahead of the control plane's, milliseconds; 0: about right. */
  readonly clockAheadMs: () => number;
  readonly neighbours: NeighbourNet;
  readonly probe: ProbeRunner;
  /** What containers have used. */
  readonly counters: ReadCounters;
  readonly scrape: Scrape;
  readonly signals: SignalSockets;
  /** Undefined: this host cannot be upgraded in place. */
  readonly upgrades?: Upgrades | undefined;
  readonly cpus: number;
  /** Gives back what the process does not need; may take some tens of milliseconds. */
  readonly freeMemory: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** Runs until `signal` aborts. Containers are left as they are. */
export async function runAgent(ports: AgentPorts, signal: AbortSignal): Promise<void> {
  const { clock, log } = ports;
  const bootId = await ports.facts.bootId();
  const { kept, booted } = await remembered(ports, bootId);
  const store = createStore(kept, ports.stateFile, clock, log);
  const parts: { converger?: Converger; reports?: ReportLoop; link?: Link; upgrade?: UpgradeLoop } = {};
  const decideAnew = (): void => parts.converger?.wake();
  const wake = (): void => {
    health.look();
    parts.upgrade?.look();
    decideAnew();
  };
  const look = (): void => parts.reports?.look();
  const online = (): boolean => parts.link?.online ?? false;

  const { engine, config } = ports;
  const { cluster, relistMs } = config;
  const observer = createObserver({ ...ports, cluster, relistMs, onChange: wake });
  const view = (): View => observer.view();
  const seen = { ...ports, store, view, pushed: createPushed(clock), signal };
  const health = createHealth({ ...seen, onChange: decideAnew });
  const images = createImageLoop({ ...ports, ours: () => ourImages(store), signal, onChange: look });
  const tidy = createTidy(clock, ports.freeMemory);
  const guard = guardOf(ports, { awaited: booted, online, clock, signal, onOver: decideAnew });
  const runStep = createStepRunner({
    engine: { ...engine, pull: (...what) => engine.pull(...what).finally(() => images.look()) },
    store,
    cluster,
    cpus: ports.cpus,
    signals: health,
    clock,
    log,
    onCreated: look,
  });
  parts.converger = createConverger({
    store,
    observer,
    runStep,
    online,
    forbidden: () => guard.forbidden(),
    clock,
    log,
    signal,
    onPass: look,
    onStep: () => tidy.used(),
    launches: config.launches,
  });

  const upgrade = (parts.upgrade = upgradeLoop(ports, { store, online, signal, onChange: look }));
  const findings = findingsOf(() => ({
    state: store.get(),
    view: observer.view(),
    images: images.images(),
    imageLayers: images.layers(),
    agentFailure: upgrade.failure(),
  }));
  const connected = connect({
    ports,
    store,
    meter: createMeter(seen),
    findings,
    signal,
    wake,
    onTaken: () => upgrade.confirm(),
    onLink: (link) => (parts.link = link),
    onReports: (loop) => (parts.reports = loop),
  });
  const room = keepImageRoom({ ...ports, store, signal, onChange: () => images.look() });
  tidy.used();
  await Promise.all([observer.run(signal), guard.run(signal), images.run(), room, upgrade.run(), connected]);
  await store.save();
}

/** Nothing starts before the metadata block is there, nor, after a reboot, before the control plane was heard. */
function guardOf({ metadataBlock: block, config, clock, log }: AgentPorts, first: FirstWordOptions): Guard {
  const guard = createGuard({
    block,
    required: config.requireMetadataBlock,
    clock,
    log,
    onChange: first.onOver,
  });
  const word = createFirstWord(first);
  return { run: (signal) => guard.run(signal), forbidden: () => guard.forbidden() ?? word.forbidden() };
}

interface Talk {
  readonly ports: AgentPorts;
  readonly store: Store;
  readonly meter: Meter;
  readonly findings: () => Findings;
  readonly signal: AbortSignal;
  readonly wake: () => void;
  readonly onTaken: () => void;
  readonly onLink: (link: Link) => void;
  readonly onReports: (loop: ReportLoop) => void;
}

/** Answers its neighbours, and registers and talks with the control plane; again when that no longer knows this host. */
async function connect(talk: Talk): Promise<void> {
  const { ports, signal } = talk;
  const identity = await untilKnown(ports, signal);
  if (identity === undefined) return;
  const line = `${identity.host} ${await ports.facts.bootId()}`;
  const net = ports.neighbours;
  await Promise.all([
    answerNeighbours({ ...ports, net, address: identity.address, line, signal }),
    keepTalking(talk, identity),
  ]);
}

async function keepTalking(talk: Talk, identity: Identity): Promise<void> {
  const { ports, signal } = talk;
  const controlPlane = ports.controlPlane(identity);
  for (;;) {
    const link = await register({ ...ports, identity, controlPlane, store: talk.store, signal });
    if (link === undefined) return;
    talk.onLink(link);
    await converse(talk, link, controlPlane);
    await ports.clock.sleep(jitteredDelayMs(1, AGAIN, ports.random), signal);
  }
}

/** Ends when the control plane no longer knows this host, or the agent stops. */
async function converse(talk: Talk, link: Link, controlPlane: ControlPlane): Promise<void> {
  const { ports, store, meter } = talk;
  const over = new AbortController();
  const signal = AbortSignal.any([talk.signal, over.signal]);
  const common = { ...ports, link, controlPlane, store, signal };
  const onGeneration = (generation: number): void => manifests.announce(generation);
  const reports = createReportLoop({
    ...common,
    findings: talk.findings,
    onGeneration,
    onTaken: talk.onTaken,
  });
  const beats = createBeatLoop({ ...common, meter, onGeneration });
  const onBackOnline = (): void => {
    reports.backOnline();
    beats.backOnline();
  };
  const manifests = createManifestLoop({
    ...common,
    onChange: talk.wake,
    onBackOnline,
    onUnheard: () => doorbell.doubt(),
  });
  const doorbell = createDoorbellLoop({
    ...common,
    onRing: (generation) => manifests.ring(generation),
    onSocket: () => manifests.paceChanged(),
  });
  talk.onReports(reports);
  const others = [reports.run(), beats.run(), doorbell.run()];
  await manifests.run();
  over.abort();
  await Promise.all(others);
}

const upgradeLoop = (
  ports: AgentPorts,
  rest: Pick<UpgradeLoopOptions, 'store' | 'online' | 'signal' | 'onChange'>,
): UpgradeLoop => createUpgradeLoop({ ...ports, upgrades: ports.upgrades, running: agentVersion, ...rest });

interface Sources extends Pick<Findings, 'images' | 'agentFailure'> {
  readonly state: AgentState;
  readonly view: View;
}

/** The same object as long as all that it is made of is the same: many ask, and seldom has anything changed. */
function findingsOf(sources: () => Sources): () => Findings {
  let made: { readonly of: readonly unknown[]; readonly findings: Findings } | undefined;
  return () => {
    const { state, view, images, agentFailure } = sources();
    const { manifest, tasks, health } = state;
    const of = [manifest, tasks, health, view, images, agentFailure];
    if (made !== undefined && of.every((part, index) => part === made?.of[index])) return made.findings;
    const seen = { manifest, tasks, health, containers: view.containers, dockerAnswers: view.answers };
    const findings: Findings = {
      dockerAnswers: view.answers,
      generation: manifest?.generation ?? 0,
      tasks: reportTasks(seen),
      images,
      agentFailure,
    };
    made = { of, findings };
    return findings;
  };
}

/** Those that tasks want, then those that Berth pulled, the latest wanted first. */
function ourImages(store: Store): readonly string[] {
  const { manifest, pulled = {} } = store.get();
  const wanted = manifest?.assignments.map(({ spec }) => manifest.specs[spec]?.image ?? '') ?? [];
  const kept = Object.entries(pulled)
    .sort(([a, { wantedAtMs: one }], [b, { wantedAtMs: other }]) => other - one || (a < b ? -1 : 1))
    .map(([image]) => image);
  return [...new Set([...wanted.sort(), ...kept])].filter((image) => image !== '');
}

/** Asks for the identity until it is known: instance tags may reach the metadata late. */
async function untilKnown(ports: AgentPorts, signal: AbortSignal): Promise<Identity | undefined> {
  for (let failures = 0; !signal.aborted;) {
    try {
      return await ports.identity();
    } catch (error) {
      ports.log.warn('identity-unknown', { failures: ++failures, error: messageOf(error) });
      await ports.clock.sleep(jitteredDelayMs(failures, { baseMs: 250, capMs: 5000 }, ports.random), signal);
    }
  }
  return undefined;
}

#!/usr/bin/env node
/**
 * Berth's agent: one process on each host, which runs the containers that the control plane assigned to it.
 *
 * In: `--config FILE` (config.ts), the instance metadata service, Docker's socket; no key in arguments or environment.
 * Out: containers; reports to the control plane; one JSON line per event on standard output.
 * Fails: ends with code 1 when the configuration cannot be read or on a fault of its own (systemd starts it again,
 *   containers go on meanwhile); everything else is retried. SIGTERM ends it and leaves the containers alone.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runAgent } from './agent.ts';
import { systemClock } from './clock.ts';
import { loadConfig, type AgentConfig } from './config.ts';
import { createCredentials } from './control-plane/credentials.ts';
import { MESSAGE_MAX_BYTES } from './control-plane/doorbell-messages.ts';
import { createEndpoint } from './control-plane/endpoint.ts';
import { httpCall } from './control-plane/http-call.ts';
import { createMetadata, readIdentity } from './control-plane/metadata.ts';
import { createSignedControlPlane } from './control-plane/signed-control-plane.ts';
import { createSignedSocket } from './control-plane/signed-socket.ts';
import { createDockerEngine } from './docker/docker-engine.ts';
import { createHostFacts } from './host/host-facts.ts';
import { createMetadataBlock, runProgram } from './host/metadata-block.ts';
import { createLog, messageOf, type Log } from './log.ts';
import { createContainerCounters } from './metrics/container-counters.ts';
import { scrape } from './metrics/scrape.ts';
import { createNeighbourNet } from './neighbours/neighbour-net.ts';
import { WITNESS_PORT } from './neighbours/witness-port.ts';
import { createProbeRunner } from './probes/run-probe.ts';
import { createSignalSockets } from './signals/signal-sockets.ts';
import { createWallClock } from './control-plane/wall-clock.ts';
import { openStateFile } from './state-file.ts';
import { createArchiveFetch } from './upgrade/fetch-archive.ts';
import { createHome } from './upgrade/home.ts';
import { agentVersion } from './version.ts';

const METADATA_URL = 'http://169.254.169.254';

function run(config: AgentConfig, log: Log, stop: AbortController): Promise<void> {
  const wallClock = createWallClock({ steady: () => systemClock.now(), host: Date.now, log });
  const now = (): number => wallClock.now();
  const url = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? METADATA_URL;
  const metadata = createMetadata({ url, call: httpCall, now });
  const credentials = createCredentials({ metadata, now });
  const { region, cluster } = config;
  const { env: environment } = process;
  const address = { cluster, region, environment, credentials, call: httpCall, wallClock };
  const endpoint = createEndpoint({ ...address, parameter: 'endpoint' });
  const doorbell = createEndpoint({ ...address, parameter: 'doorbell' });
  const engine = createDockerEngine({
    socketPath: config.dockerSocket,
    cluster,
    askMs: config.dockerAskMs,
  });
  return runAgent(
    {
      config,
      engine,
      identity: () => readIdentity(metadata),
      controlPlane: () =>
        createSignedControlPlane({ region, credentials, endpoint, call: httpCall, wallClock }),
      openSocket: createSignedSocket({
        region,
        credentials,
        endpoint: doorbell,
        now,
        maxBytes: MESSAGE_MAX_BYTES,
      }),
      stateFile: openStateFile(join(config.stateDir, 'state.json')),
      metadataBlock: createMetadataBlock(runProgram, config.bridges),
      facts: createHostFacts(),
      clockAheadMs: () => wallClock.hostAheadMs(),
      neighbours: createNeighbourNet(WITNESS_PORT),
      probe: createProbeRunner(engine),
      counters: createContainerCounters({ engine, clock: systemClock }),
      scrape,
      signals: createSignalSockets(join(config.stateDir, 'signals'), systemClock, log),
      upgrades:
        config.home === undefined
          ? undefined
          : createHome({
              folder: config.home,
              running: agentVersion,
              fetchArchive: createArchiveFetch({ region, environment, credentials, now }),
              restart: () => stop.abort(),
            }),
      cpus: availableParallelism(),
      freeMemory,
      clock: systemClock,
      random: Math.random,
      log,
    },
    stop.signal,
  );
}

/**
 * Node's collector at its most thorough: some tens of milliseconds in which nothing else is done. Does nothing when Node
 * was started without `--expose-gc`.
 */
function freeMemory(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

async function main(): Promise<void> {
  const log = createLog((line) => process.stdout.write(line), Date.now);
  const stop = new AbortController();
  const leave = (why: string, error: unknown): never => {
    log.error(why, { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => leave('fault', error));
  process.on('uncaughtException', (error) => leave('fault', error));
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());

  const { values } = parseArgs({ options: { config: { type: 'string', default: '/etc/berth/agent.json' } } });
  const config = await loadConfig(values.config).catch((error: unknown) => leave('no-configuration', error));
  log.info('start', { version: agentVersion, node: process.version, cluster: config.cluster });
  await run(config, log, stop);
  log.info('end', {});
  process.exit(0);
}

await main();

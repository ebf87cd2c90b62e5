/**
 * AWS on this machine, with nothing deployed into it yet.
 *
 * Order, because each needs the one before: bridge > emulator and relay > EC2, Route 53 and DNS > metadata service.
 * The registry and the machine's Docker Engine stand beside them. Everything listens on loopback and on the bridge's
 * address, never on all addresses.
 * Fails: the parts that were started are stopped again.
 */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { startDns } from './dns/dns.ts';
import type { DnsServer } from './dns/dns.ts';
import { tagsOf } from './ec2/model/instance.ts';
import { startEc2Server } from './ec2/server.ts';
import { createEc2 } from './ec2/service.ts';
import type { Ec2Service } from './ec2/service.ts';
import { ensureEmulator } from './emulator/install.ts';
import { startEmulator } from './emulator/start-emulator.ts';
import { createMetal } from './metal/create-metal.ts';
import { startMetadata } from './metal/imds/start-metadata.ts';
import type { MetadataService } from './metal/imds/start-metadata.ts';
import type { Metal } from './metal/metal.ts';
import { makeBridge } from './network.ts';
import type { CloudPlan } from './plan.ts';
import type { Progress } from './progress.ts';
import { createEngine } from './registry/engine.ts';
import type { Engine } from './registry/engine.ts';
import { createPublisher } from './registry/publish-image.ts';
import { startRegistry } from './registry/start-registry.ts';
import type { Service } from './service.ts';
import { startRelay } from './relay/start-relay.ts';
import type { Relay } from './relay/start-relay.ts';
import { startRoute53Server } from './route53/server.ts';
import type { Route53Server } from './route53/server.ts';
import { startWebSocketServer } from './websocket/server.ts';
import type { WebSocketServer } from './websocket/server.ts';
import type { HostWhereabouts } from './whereabouts.ts';

export interface Aws {
  readonly metal: Metal;
  readonly relay: Relay;
  readonly ec2: Ec2Service;
  readonly route53: Route53Server;
  readonly dns: DnsServer;
  readonly websocket: WebSocketServer;
  readonly metadata: MetadataService;
  /** Its pid is there to be frozen (SIGSTOP): then the control plane is down. */
  readonly emulator: Service;
  readonly engine: Engine;
  /** Makes an image of the machine's Docker Engine available to the hosts under its unchanged name. */
  publishImage(reference: string): Promise<void>;
  hosts(): readonly HostWhereabouts[];
  /** Calls back after a host came up or ended. */
  onHostsChange(listener: () => void): void;
  close(): Promise<void>;
}

export interface AwsOptions {
  /** Delay of a Route 53 change, PENDING to INSYNC; 2 seconds unless said. */
  readonly propagationMs?: number;
}

/** Starts all parts; the plan's index must be claimed and clean. */
export async function startAws(plan: CloudPlan, report: Progress, options: AwsOptions = {}): Promise<Aws> {
  await using parts = new AsyncDisposableStack();
  /** Keeps a part to be closed, the last started first. */
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    parts.defer(() => part.close());
    return part;
  };
  const emulator = await report.step('emulator', async (note) => {
    note('installing its Python packages');
    await ensureEmulator(plan);
    await makeBridge(plan);
    note('starting');
    return startEmulator(plan);
  });
  parts.defer(() => emulator.stop());
  const relay = keep(
    await startRelay({
      addresses: ['127.0.0.1', plan.bridge.address],
      port: plan.ports.relay,
      emulatorPort: plan.ports.emulator,
    }),
  );
  const engine = keep(createEngine(plan));
  const publishImage = createPublisher(plan, engine);
  await report.step('Docker Engine and image registry', async () => {
    await engine.start();
    keep(await startRegistry(plan, publishImage));
  });
  const hosts = watchHosts(createMetal(plan));
  const metal = keep(hosts.metal);
  const services = await report.step('EC2, Route 53, DNS, WebSocket APIs, instance metadata', () =>
    startServices(plan, metal, keep, options),
  );
  const all = parts.move();
  return {
    ...services,
    emulator,
    metal,
    relay,
    engine,
    publishImage,
    hosts: () => whereHostsAre(metal, services.ec2),
    onHostsChange: hosts.onChange,
    close: () => all.disposeAsync(),
  };
}

/** The services that the emulator plays too thinly, in front of it. */
async function startServices(
  plan: CloudPlan,
  metal: Metal,
  keep: <T extends { close(): Promise<void> }>(part: T) => T,
  options: AwsOptions,
) {
  const emulator = `http://127.0.0.1:${plan.ports.emulator}`;
  const both = (port: number) => ['127.0.0.1', plan.bridge.address].map((address) => ({ address, port }));
  const log = createWriteStream(join(plan.paths.logs, 'ec2.log'), { flags: 'a' });
  const route53 = keep(await startRoute53Server({ emulator, listen: both(plan.ports.route53), ...options }));
  const dns = keep(
    await startDns({
      addresses: [...both(plan.ports.dns), { address: plan.bridge.address, port: 53 }],
      zones: route53.service.zones,
    }),
  );
  const { account, region } = plan;
  const websocket = keep(
    await startWebSocketServer({ emulator, account, region, listen: both(plan.ports.websocket) }),
  );
  const ec2 = keep(
    createEc2({
      emulator,
      account: plan.account,
      region: plan.region,
      network: plan.bridge.address.replace(/\.\d+$/, ''),
      metal,
      log: (line) => log.write(`${new Date().toISOString()} ${line}\n`),
    }),
  );
  const listen = both(plan.ports.ec2).map(({ address: host, port }) => ({ host, port }));
  keep(await startEc2Server({ service: ec2, emulator, listen }));
  const metadata = keep(await startMetadata(plan, ec2.metadata));
  return { ec2, route53, dns, websocket, metadata };
}

/** Metal that tells when a host came up or ended. */
function watchHosts<M extends Metal>(metal: M) {
  const listeners: (() => void)[] = [];
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  metal.onExit(tell);
  const watched: M = {
    ...metal,
    async boot(machine) {
      const booted = await metal.boot(machine);
      tell();
      return booted;
    },
  };
  return { metal: watched, onChange: (listener: () => void) => void listeners.push(listener) };
}

/** Berth's own name of a host is the tag that its launch gave the instance. */
function whereHostsAre(metal: Metal, ec2: Ec2Service): HostWhereabouts[] {
  const names = new Map(ec2.model.instances().map((each) => [each.id, tagsOf(each).get('berth:host')]));
  return metal.list().map((host) => ({ id: names.get(host.instanceId) ?? host.instanceId, ...host }));
}

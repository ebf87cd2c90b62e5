/**
 * A cloud of metal alone: bridge, emulator, relay, registry, metadata service and hosts, without EC2, DNS and Berth.
 * As a program (`node small-cloud.ts NAME INDEX PROJECT`) it boots one host, says `ready INITPID` and stays, so that a
 * test can kill it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { claim } from '../../local/claim.ts';
import { cleanUp } from '../../local/clean-up.ts';
import { ensureEmulator } from '../../local/emulator/install.ts';
import { startEmulator } from '../../local/emulator/start-emulator.ts';
import { createMetal } from '../../local/metal/create-metal.ts';
import type { InstanceMetadata } from '../../local/metal/imds/metadata.ts';
import { startMetadata } from '../../local/metal/imds/start-metadata.ts';
import type { Machine } from '../../local/metal/metal.ts';
import { makeBridge } from '../../local/network.ts';
import { planCloud } from '../../local/plan.ts';
import type { CloudPlan } from '../../local/plan.ts';
import { createEngine } from '../../local/registry/engine.ts';
import { createPublisher } from '../../local/registry/publish-image.ts';
import { startRegistry } from '../../local/registry/start-registry.ts';
import { startRelay } from '../../local/relay/start-relay.ts';

export const HOST_ROLE = 'test-host';

export function machine(plan: CloudPlan, octet: number, userData = ''): Machine {
  return {
    instanceId: `i-${String(octet).padStart(17, '0')}`,
    instanceType: 't3.small',
    architecture: 'x86_64',
    address: `10.77.${String(plan.index)}.${String(octet)}`,
    hostname: `ip-10-77-${String(plan.index)}-${String(octet)}.ec2.internal`,
    userData,
    cpuMillis: 2000,
    memoryBytes: 2 ** 30,
  };
}

/** What EC2 would say of a machine. */
export function metadataOf(plan: CloudPlan, of: Machine): InstanceMetadata {
  return {
    ...of,
    imageId: 'ami-1',
    accountId: plan.account,
    region: plan.region,
    zone: plan.zone,
    launchedAt: '2026-01-01T00:00:00Z',
    tags: { Name: 'a host' },
    role: { name: HOST_ROLE, arn: `arn:aws:iam::${plan.account}:role/${HOST_ROLE}` },
  };
}

/** Starts one; `machines` are those that the metadata service knows. Its index must be claimed. */
export async function startSmallCloud(plan: CloudPlan, machines: readonly Machine[]) {
  await cleanUp(plan);
  await ensureEmulator(plan);
  await makeBridge(plan);
  const emulator = await startEmulator(plan);
  const relay = await startRelay({
    addresses: ['127.0.0.1', plan.bridge.address],
    port: plan.ports.relay,
    emulatorPort: plan.ports.emulator,
  });
  const engine = createEngine(plan);
  const publishImage = createPublisher(plan, engine);
  const registry = await startRegistry(plan, publishImage);
  const metadata = await startMetadata(plan, {
    describe: (address) => {
      const found = machines.find((each) => each.address === address);
      return found && metadataOf(plan, found);
    },
  });
  const metal = createMetal(plan);
  return {
    metal,
    engine,
    async close() {
      await metal.close();
      await metadata.close();
      await registry.close();
      await relay.close();
      await emulator.stop();
      await engine.close();
      await cleanUp(plan);
    },
  };
}

if (import.meta.filename === process.argv[1]) {
  const plan = planCloud(process.argv[2] ?? '', Number(process.argv[3]), process.argv[4] ?? '');
  claim(plan);
  const host = machine(plan, 11);
  const cloud = await startSmallCloud(plan, [host]);
  await cloud.engine.start();
  const { initPid } = await cloud.metal.boot(host);
  console.log(`ready ${String(initPid)}`);
  await sleep(600_000);
}

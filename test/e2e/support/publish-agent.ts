/**
 * Publishes a version of the agent into a running cloud, as a deploy of the app does: the archive into S3, and the release
 * into the environment of the two functions that decide about it. A deploy also grants hosts the new object; here it takes
 * the place of the published one, so that the grants stay those of the app, until `restore`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AgentRelease } from '../../../functions/core/model/agent.ts';
import { agentStart } from '../../../infra/host-asset/agent-bundle.ts';
import { hostArchives, type HostArchive } from '../../../infra/host-asset/host-archive.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { ROOT_KEYS } from '../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../local/plan.ts';

type Target = Pick<Cloud, 'plan' | 'outputs'>;

const OWN = process.arch === 'arm64' ? 'arm64' : 'x86_64';

/** Resolves with the version's name. */
export async function publishAgent(cloud: Target, bundle: Buffer): Promise<string> {
  const archive = await archiveOf(cloud, bundle);
  const release = await releaseOf(cloud);
  const place = release.archives[OWN];
  await putObject(cloud, place, archive);
  const archives = { ...release.archives, [OWN]: { ...place, sha256: archive.sha256 } };
  await setRelease(cloud, { version: archive.version, archives });
  return archive.version;
}

/** Hosts boot again with what the app was deployed with. What is published stays so. */
export async function restoreArchive(cloud: Target, bundle: Buffer): Promise<void> {
  await putObject(cloud, (await releaseOf(cloud)).archives[OWN], await archiveOf(cloud, bundle));
}

async function archiveOf({ plan }: Target, agent: Buffer): Promise<HostArchive> {
  const { project } = plan.paths;
  const cache = join(plan.paths.cache, 'host-archives');
  return (await hostArchives({ project, cache, agent, ...(await agentStart()) }))[OWN];
}

const lambda = ({ plan }: Target): LambdaClient =>
  new LambdaClient({
    region: plan.region,
    endpoint: loopbackEndpoint(plan.ports.relay),
    credentials: ROOT_KEYS,
  });

const functionsOf = ({ outputs }: Target): string[] =>
  ['ReconcileFunction', 'TickFunction'].map((name) => outputs[name] ?? '');

async function variablesOf(cloud: Target, name: string): Promise<Record<string, string>> {
  const found = await lambda(cloud).send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  return found.Environment?.Variables ?? {};
}

export async function releaseOf(cloud: Target): Promise<AgentRelease> {
  const variables = await variablesOf(cloud, functionsOf(cloud)[0] ?? '');
  return JSON.parse(variables['AGENT_RELEASE'] ?? '') as AgentRelease;
}

async function setRelease(cloud: Target, release: AgentRelease): Promise<void> {
  for (const name of functionsOf(cloud)) {
    const Variables = { ...(await variablesOf(cloud, name)), AGENT_RELEASE: JSON.stringify(release) };
    await lambda(cloud).send(
      new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables } }),
    );
  }
}

async function putObject(
  { plan }: Target,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  archive: HostArchive,
): Promise<void> {
  const url = new URL(`${loopbackEndpoint(plan.ports.relay)}/${bucket}/${key}`);
  const signer = new SignatureV4({
    service: 's3',
    region: plan.region,
    credentials: ROOT_KEYS,
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const { headers } = await signer.sign(
    new HttpRequest({
      method: 'PUT',
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    }),
  );
  const reply = await fetch(url, { method: 'PUT', headers, body: await readFile(archive.path) });
  if (!reply.ok) throw new Error(`S3 refused the archive: ${reply.status} ${await reply.text()}`);
}

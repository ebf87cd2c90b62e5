/** Starts the metadata service of a cloud: its namespace on the bridge, its program there, its answers from here. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeMetadataNetwork, removeNamespace } from '../../network.ts';
import { metadataNames } from '../../plan.ts';
import type { CloudPlan } from '../../plan.ts';
import { logTail, startService } from '../../service.ts';
import type { Service } from '../../service.ts';
import { waitUntil } from '../../wait-until.ts';
import { createMetadataService } from './answer.ts';
import type { MetadataSource } from './metadata.ts';
import { createRoleKeys } from './role-credentials.ts';
import type { IssuedKey } from './role-credentials.ts';
import type { Answered, Asked } from './server.ts';

export interface MetadataService {
  /** Keys that hosts were given so far, oldest first. */
  issuedKeys(): readonly IssuedKey[];
  close(): Promise<void>;
}

/**
 * The cloud's bridge must be up; the emulator is needed only when a host asks for keys.
 * @throws Error when the service does not listen within 10 seconds, with the end of its log.
 */
export async function startMetadata(plan: CloudPlan, source: MetadataSource): Promise<MetadataService> {
  const names = metadataNames(plan);
  await makeMetadataNetwork(plan);
  const keys = createRoleKeys(plan, Date.now);
  const answer = createMetadataService({
    source,
    credentials: (role, instanceId) => keys.of(role, instanceId),
    now: Date.now,
    newToken: () => randomBytes(42).toString('base64url'),
  });
  const service = startService(plan, {
    name: 'metadata',
    command: 'nsenter',
    args: [`--net=/run/netns/${names.netns}`, process.execPath, join(import.meta.dirname, 'server.ts')],
    env: { ...process.env, NODE_OPTIONS: '' },
    channel: true,
  });
  let listening = false;
  service.child.on('message', (message: Asked | 'listening') => {
    if (message === 'listening') listening = true;
    else
      void answer(message.request).then((reply) => {
        const answered: Answered = { id: message.id, reply };
        if (service.child.connected) service.child.send(answered);
      });
  });
  await isListening(service, () => listening);
  return {
    issuedKeys: () => keys.issued(),
    async close() {
      await service.stop();
      await removeNamespace(names);
    },
  };
}

async function isListening(service: Service, listening: () => boolean): Promise<void> {
  const check = (): Promise<true | undefined> => {
    const ended = service.ended();
    if (ended !== undefined)
      throw new Error(`the metadata service ended (${ended}):\n${logTail(service.log)}`);
    return Promise.resolve(listening() || undefined);
  };
  await waitUntil(check, { what: 'the metadata service to listen', timeoutMs: 10_000 });
}

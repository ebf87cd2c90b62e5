/**
 * CloudTrail as the emulator keeps it: the calls that it let through. It holds the newest 10,000, some minutes of this
 * suite; so it is read after every case, and what is kept is each key's permissions.
 */
import type { Cloud } from '../../../../local/cloud.ts';
import { createEmulatorClient } from '../../../../local/ec2/emulator/client.ts';
import type { EmulatorClient } from '../../../../local/ec2/emulator/client.ts';
import { ROOT_KEYS } from '../../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../../local/plan.ts';
import { permissionsOf } from './permissions.ts';
import type { Permission } from './permissions.ts';

export interface KeyPermission extends Permission {
  readonly accessKeyId: string;
}

export interface Trail {
  readonly fromMs: number;
  /** Reads what came since the last time. @throws Error when some of that is forgotten already */
  catchUp(): Promise<void>;
  /** Each once; the account's root left out. */
  permissions(): readonly KeyPermission[];
}

interface Listed {
  readonly EventId: string;
  readonly EventName: string;
  readonly EventSource: string;
  /** Seconds since 1970, with fractions. */
  readonly EventTime: number;
  readonly AccessKeyId: string;
  readonly Resources: readonly { readonly ResourceName: string }[];
  readonly CloudTrailEvent: string;
}

const LOOK_UP = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents';
const PAGE = 50;

/** Begins now: what deployed the app is no part of it. */
export function openTrail({ plan }: Pick<Cloud, 'plan'>): Trail {
  const client = createEmulatorClient({
    endpoint: loopbackEndpoint(plan.ports.relay),
    region: plan.region,
  });
  const fromMs = Date.now();
  const permissions = new Map<string, KeyPermission>();
  let readUntilS = fromMs / 1000;

  const note = (event: Listed): void => {
    if (event.AccessKeyId === ROOT_KEYS.accessKeyId) return;
    const { requestParameters } = JSON.parse(event.CloudTrailEvent) as { requestParameters: object | null };
    const call = {
      service: event.EventSource.replace('.amazonaws.com', ''),
      name: event.EventName,
      input: { ...requestParameters },
      resources: event.Resources.map(({ ResourceName }) => ResourceName),
    };
    for (const permission of permissionsOf(plan, call)) {
      const { action, resource } = permission;
      const key = `${event.AccessKeyId} ${action} ${resource}`;
      permissions.set(key, { accessKeyId: event.AccessKeyId, ...permission });
    }
  };

  return {
    fromMs,
    permissions: () => [...permissions.values()],
    async catchUp() {
      const [known] = await page(client, { EndTime: readUntilS, MaxResults: 1 });
      if (known === undefined)
        throw new Error('CloudTrail has forgotten calls that were not read yet: read it more often');
      const listed = await since(client, readUntilS);
      for (const event of listed) note(event);
      readUntilS = Math.max(readUntilS, ...listed.map(({ EventTime }) => EventTime));
    },
  };
}

/** The emulator hands out no NextToken, newest come first: each page ends where the one before began. */
async function since(client: EmulatorClient, fromS: number): Promise<readonly Listed[]> {
  const seen = new Map<string, Listed>();
  for (let endS = Date.now() / 1000; ;) {
    const listed = await page(client, { StartTime: fromS, EndTime: endS, MaxResults: PAGE });
    const fresh = listed.filter(({ EventId }) => !seen.has(EventId));
    if (fresh.length === 0) return [...seen.values()];
    for (const event of fresh) seen.set(event.EventId, event);
    endS = Math.min(...fresh.map(({ EventTime }) => EventTime));
  }
}

async function page(client: EmulatorClient, input: object): Promise<readonly Listed[]> {
  const { Events } = (await client.json('cloudtrail', LOOK_UP, input)) as { Events: readonly Listed[] };
  return Events;
}

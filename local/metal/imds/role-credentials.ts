/**
 * Keys of an instance's role: AssumeRole as the account's root, session name = instance id, as EC2 does it.
 * Kept until ten minutes before they expire (EC2 hands out new ones at least five minutes before), then asked anew.
 */
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { CloudPlan } from '../../plan.ts';
import { loopbackEndpoint } from '../../plan.ts';
import { createRing } from '../../ring.ts';
import type { RoleCredentials } from './answer.ts';
import type { InstanceRole } from './metadata.ts';

const RENEW_BEFORE_MS = 10 * 60_000;
/** Each host asks about once an hour. */
const ISSUED_KEPT = 10_000;

/** A key that was handed out. Records of calls name callers by their key alone; this says whose it was. */
export interface IssuedKey {
  readonly accessKeyId: string;
  readonly instanceId: string;
  /** The role's ARN. */
  readonly role: string;
}

export interface RoleKeys {
  /** Keys of an instance's role. @throws Error when the role cannot be assumed */
  of(role: InstanceRole, instanceId: string): Promise<RoleCredentials>;
  /** Oldest first. */
  issued(): readonly IssuedKey[];
}

/** @param now milliseconds */
export function createRoleKeys(plan: CloudPlan, now: () => number): RoleKeys {
  const held = new Map<string, Promise<RoleCredentials>>();
  const issued = createRing<IssuedKey>(ISSUED_KEPT);

  const assume = async (role: InstanceRole, instanceId: string): Promise<RoleCredentials> => {
    const provider = fromTemporaryCredentials({
      params: { RoleArn: role.arn, RoleSessionName: instanceId },
      masterCredentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      clientConfig: { region: plan.region, endpoint: loopbackEndpoint(plan.ports.relay) },
    });
    const keys = await provider();
    if (keys.sessionToken === undefined || keys.expiration === undefined)
      throw new Error('AssumeRole answered keys without a token or an expiry');
    issued.add({ accessKeyId: keys.accessKeyId, instanceId, role: role.arn });
    return {
      ...keys,
      sessionToken: keys.sessionToken,
      expiration: keys.expiration,
      updated: new Date(now()),
    };
  };

  return {
    issued: () => issued.entries(),
    async of(role, instanceId) {
      const key = `${instanceId} ${role.arn}`;
      const known = await held.get(key)?.catch(() => undefined);
      if (known !== undefined && known.expiration.getTime() - now() > RENEW_BEFORE_MS) return known;
      const fresh = assume(role, instanceId);
      held.set(key, fresh);
      return fresh;
    },
  };
}

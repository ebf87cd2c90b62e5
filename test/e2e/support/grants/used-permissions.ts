/**
 * Every call of AWS that functions and hosts made, as permissions: from CloudTrail, from the EC2 and Route 53 gateways,
 * from the relay, which alone
 * sees calls of an HTTP API, and from the WebSocket gateway.
 *
 * CloudTrail (the emulator's) records what was let through, not what was refused; the gateways and the relay record both,
 * and of the rest the functions' own logs tell (`refusals.ts`).
 */
import type { Cloud } from '../../../../local/cloud.ts';
import type { RecordedCall as Route53Call } from '../../../../local/route53/gateway.ts';
import { controlRoute53 } from '../control.ts';
import type { Permission } from './permissions.ts';
import { ROOT } from './principals.ts';
import type { Principal } from './principals.ts';
import type { KeyPermission } from './trail.ts';

export interface UsedPermission extends Permission {
  /** Name of a principal, or what is known of a caller who is none. */
  readonly who: string;
}

export interface CallsOptions {
  readonly trail: readonly KeyPermission[];
  /** When the record of the gateways and the relay begins and ends. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly principals: readonly Principal[];
  /** Access key -> name of the principal. */
  readonly holders: ReadonlyMap<string, string>;
}

/** Each permission once; the account's root left out. */
export async function usedPermissions(
  cloud: Cloud,
  options: CallsOptions,
): Promise<readonly UsedPermission[]> {
  const used: readonly UsedPermission[] = [
    ...options.trail.map(({ accessKeyId, ...permission }) => ({
      who: holderOf(options, accessKeyId),
      ...permission,
    })),
    ...ec2Permissions(cloud, options),
    ...(await route53Permissions(cloud, options)),
    ...apiPermissions(cloud, options),
    ...socketPermissions(cloud, options),
  ];
  const distinct = new Map(used.map((one) => [`${one.who} ${one.action} ${one.resource}`, one]));
  return [...distinct.values()].filter(({ who }) => who !== ROOT);
}

const holderOf = ({ holders }: CallsOptions, key: string): string =>
  holders.get(key) ?? `nobody known, with the key ${key}`;

const isWithin = ({ fromMs, toMs }: CallsOptions, atMs: number): boolean => atMs >= fromMs && atMs < toMs;

/** By the ARN of a role's session. */
function nameOf({ principals }: CallsOptions, arn: string): string {
  if (arn.endsWith(':root')) return ROOT;
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  return principals.find((one) => one.role === role)?.name ?? arn;
}

/** What was refused has no permission behind it: no grant can name this resource. */
const refused = (who: string, action: string, outcome: string): UsedPermission[] => [
  { who, action, resource: `refused with ${outcome}` },
];

function ec2Permissions({ ec2 }: Cloud, options: CallsOptions): UsedPermission[] {
  const calls = ec2.model.calls.entries().filter(({ atMs }) => isWithin(options, atMs));
  return calls.flatMap(({ action, principal, outcome, used }) => {
    const who = nameOf(options, principal);
    if (who === ROOT) return [];
    if (outcome === 'UnauthorizedOperation') return refused(who, `ec2:${action}`, outcome);
    if (!outcome.startsWith('forwarded')) return used.map((one) => ({ who, ...one }));
    // The emulator answers those, and knows no resources of theirs.
    return outcome === 'forwarded 403'
      ? refused(who, `ec2:${action}`, outcome)
      : [{ who, action: `ec2:${action}`, resource: '*' }];
  });
}

async function route53Permissions(cloud: Cloud, options: CallsOptions): Promise<UsedPermission[]> {
  const calls = (await controlRoute53(cloud, 'GET calls')) as readonly Route53Call[];
  return calls
    .filter(({ atMs }) => isWithin(options, atMs))
    .flatMap(({ action, id, accessKeyId, outcome }) => {
      const who = holderOf(options, accessKeyId);
      if (/AccessDenied|Signature|Token/.test(outcome)) return refused(who, `route53:${action}`, outcome);
      const kind = action === 'GetChange' ? 'change' : 'hostedzone';
      return [{ who, action: `route53:${action}`, resource: `arn:aws:route53:::${kind}/${id ?? ''}` }];
    });
}

/** `/_aws/execute-api/{api}/{stage}/{path}` */
const API_CALL = /^\/_aws\/execute-api\/([^/]+)\/([^/]+)\/(.*)$/;

/** Whatever the status: what IAM refuses no grant covers, and what the functions behind it refuse IAM let through. */
function apiPermissions({ relay, plan }: Cloud, options: CallsOptions): UsedPermission[] {
  return relay.calls().flatMap(({ time, method, path, accessKeyId }) => {
    if (!isWithin(options, Date.parse(time)) || accessKeyId === undefined) return [];
    const [, api = '', stage = '', rest = ''] = API_CALL.exec(path) ?? [];
    const resource = `arn:aws:execute-api:${plan.region}:${plan.account}:${api}/${stage}/${method}/${rest}`;
    return [{ who: holderOf(options, accessKeyId), action: 'execute-api:Invoke', resource }];
  });
}

function socketPermissions({ websocket }: Cloud, options: CallsOptions): UsedPermission[] {
  const calls = websocket.calls().filter(({ atMs }) => isWithin(options, atMs));
  return calls.flatMap(({ principal, action, resource, allowed }) => {
    const who = nameOf(options, principal);
    return allowed ? [{ who, action, resource }] : refused(who, action, `403 of ${resource}`);
  });
}

/**
 * Who sent a request, whether the signature is theirs, and what they may do.
 *
 * The emulator alone knows the secrets of role sessions. So the request is shown to it exactly as it was signed, with
 * one unsigned header more: `X-Amz-Target` sends it to a service that has no such action (Cost and Usage Reports), where
 * nothing can happen. The emulator checks time, token and signature first; then it refuses a caller by name, since nobody
 * is granted `cur:RunInstances` or the like. Only whoever may do everything (`*`) gets past that, to a body that is no
 * JSON. What the caller may do is then decided here (model/checks/policy.ts), because the emulator knows neither
 * EC2's condition keys nor the resources of a launch; the policies are read from its IAM at each call.
 *
 * Not seen: session policies, and explicit denies of callers who are granted `*`.
 */
import { createHash } from 'node:crypto';
import type { Caller } from '../model/checks/caller.ts';
import { rootOf } from '../model/checks/caller.ts';
import type { PolicyDocument } from '../model/checks/policy.ts';
import { ADMINISTRATOR } from '../model/checks/policy.ts';
import { Ec2Error, errorOf } from '../model/errors.ts';
import { ROOT_KEYS } from '../../emulator/account.ts';
import type { EmulatorClient } from './client.ts';
import type { RawRequest } from './forward.ts';
import { forward, headerOf } from './forward.ts';

export interface Callers {
  /** @throws Ec2Error AuthFailure, RequestExpired or MissingAuthenticationToken, with EC2's status. */
  identify(request: RawRequest): Promise<Caller>;
}

export interface CallersOptions {
  readonly client: EmulatorClient;
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
}

/** An action of no service: see above. */
const PROBE = 'AWSOrigamiServiceGatewayService.WhoAmI';

export function createCallers({ client, endpoint, account, region }: CallersOptions): Callers {
  return {
    async identify(request) {
      checkPayload(request);
      const key = accessKeyOf(request, region);
      if (key === ROOT_KEYS.accessKeyId) return rootOf(account);
      const { status, body } = await forward(endpoint, request, { 'x-amz-target': PROBE });
      const { code, message } = parseRefusal(body);
      const arn = /^User: (\S+) is not authorized/.exec(message)?.[1];
      if (arn !== undefined) return { arn, policies: await policiesOf(client, arn) };
      if (code === 'SerializationException')
        return { arn: `arn:aws:iam::${account}:administrator/${key}`, policies: [ADMINISTRATOR] };
      throw toRefusal(code, status, message);
    },
  };
}

/** @throws Ec2Error when the request is not signed for EC2 in this region. */
function accessKeyOf(request: RawRequest, region: string): string {
  const authorization = headerOf(request, 'authorization');
  if (authorization === undefined)
    throw new Ec2Error('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  const scope = /^AWS4-HMAC-SHA256 Credential=([^/\s]+)\/\d{8}\/([^/\s]+)\/([^/\s]+)\/aws4_request\s*,/.exec(
    authorization,
  );
  const [, key = '', signedRegion, service] = scope ?? [];
  if (service !== 'ec2')
    throw new Ec2Error('AuthFailure', 'Credential should be scoped to correct service: ec2.', 401);
  if (signedRegion !== region)
    throw new Ec2Error(
      'AuthFailure',
      `Credential should be scoped to a valid region, not '${signedRegion ?? ''}'.`,
      401,
    );
  if (headerOf(request, 'x-amz-target') !== undefined) throw errorOf('AuthFailure');
  return key;
}

/** The emulator takes the header's word for the body's hash, so the body is compared with it here. */
function checkPayload(request: RawRequest): void {
  const claimed = headerOf(request, 'x-amz-content-sha256');
  if (claimed === undefined) return;
  if (claimed !== createHash('sha256').update(request.body).digest('hex')) throw errorOf('AuthFailure');
}

function parseRefusal(body: string): { code: string; message: string } {
  try {
    const parsed = JSON.parse(body) as { __type?: string; message?: string; Message?: string };
    return { code: parsed.__type ?? '', message: parsed.message ?? parsed.Message ?? '' };
  } catch {
    return { code: '', message: body };
  }
}

function toRefusal(code: string, status: number, message: string): Ec2Error {
  if (/Expired/.test(code) || /Signature expired/.test(message))
    return new Ec2Error('RequestExpired', 'Request has expired.', 400);
  if (/Signature|UnrecognizedClient|Token|Authorization|Credential|Skewed/.test(code))
    return errorOf('AuthFailure');
  return new Ec2Error(
    'InternalError',
    `The emulator's verdict on a signature was not understood: ${status} ${code} ${message}`,
    500,
  );
}

/** The parts of IAM's GetAccountAuthorizationDetails that are read. */
interface Details {
  readonly RoleDetailList?: Members<Principal & { readonly RoleName: string }>;
  readonly UserDetailList?: Members<
    Principal & { readonly UserName: string; readonly GroupList?: Members<string> }
  >;
  readonly GroupDetailList?: Members<Principal & { readonly GroupName: string }>;
  readonly Policies?: Members<{
    readonly Arn: string;
    readonly PolicyVersionList?: Members<{ readonly Document: string; readonly IsDefaultVersion: string }>;
  }>;
}
type Inline = Members<{ readonly PolicyDocument: string }>;
type Members<T> = '' | { readonly member?: readonly T[] };
interface Principal {
  readonly RolePolicyList?: Inline;
  readonly UserPolicyList?: Inline;
  readonly GroupPolicyList?: Inline;
  readonly AttachedManagedPolicies?: Members<{ readonly PolicyArn: string }>;
}

const listOf = <T>(members: Members<T> | undefined): readonly T[] =>
  members === undefined || members === '' ? [] : (members.member ?? []);

/** Identity policies of a user or of a role session. A managed policy whose text the emulator lacks grants nothing. */
export async function policiesOf(client: EmulatorClient, arn: string): Promise<readonly PolicyDocument[]> {
  const details = (await client.query('iam', '2010-05-08', {
    Action: 'GetAccountAuthorizationDetails',
  })) as Details;
  const principals = principalsOf(details, arn);
  const managed = new Set(
    principals.flatMap((one) => listOf(one.AttachedManagedPolicies).map(({ PolicyArn }) => PolicyArn)),
  );
  const attached = listOf(details.Policies)
    .filter((policy) => managed.has(policy.Arn))
    .flatMap((policy) =>
      listOf(policy.PolicyVersionList).filter((version) => version.IsDefaultVersion === 'true'),
    )
    .map(({ Document }) => Document);
  const inline = principals
    .flatMap((one) => [one.RolePolicyList, one.UserPolicyList, one.GroupPolicyList].flatMap(listOf))
    .map(({ PolicyDocument }) => PolicyDocument);
  return [...inline, ...attached].map((text) => JSON.parse(decodeURIComponent(text)) as PolicyDocument);
}

/** The role of a session, or a user and the user's groups. */
function principalsOf(details: Details, arn: string): readonly Principal[] {
  const [kind, name] = arn.split(':').slice(5).join(':').split('/');
  if (kind === 'assumed-role') return listOf(details.RoleDetailList).filter((role) => role.RoleName === name);
  const userName = arn.split('/').at(-1);
  const users = listOf(details.UserDetailList).filter((user) => user.UserName === userName);
  const groups = new Set(users.flatMap((user) => listOf(user.GroupList)));
  return [...users, ...listOf(details.GroupDetailList).filter((group) => groups.has(group.GroupName))];
}

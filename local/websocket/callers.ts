/**
 * Who signed a handshake or a message to a connection, and whether IAM lets them.
 *
 * The signature is judged by the emulator, which alone knows the secrets of role sessions, in the way that the local EC2
 * has it judged (ec2/emulator/callers.ts); identity policies are read from its IAM and evaluated here. Reads of IAM are
 * kept for a moment: real IAM takes seconds to spread, and a ring should not wait for it.
 */
import { ROOT_KEYS } from '../emulator/account.ts';
import { createEmulatorClient } from '../ec2/emulator/client.ts';
import { policiesOf } from '../ec2/emulator/callers.ts';
import { forward, headerOf, type RawRequest } from '../ec2/emulator/forward.ts';
import { ADMINISTRATOR, evaluate, type PolicyDocument } from '../ec2/model/checks/policy.ts';

export interface Principal {
  readonly arn: string;
  /** `AROA...:SESSION` for a role's session. */
  readonly userId: string;
  readonly accessKeyId: string;
  readonly policies: readonly PolicyDocument[];
}

export interface Callers {
  /** @throws Refusal when the request is not signed, or not rightly */
  identify(request: RawRequest): Promise<Principal>;
}

export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface CallersOptions {
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
}

/** An action of no service, sent with the request as it was signed: nothing can happen there. */
const PROBE = 'AWSOrigamiServiceGatewayService.WhoAmI';
const KEEP_MS = 2000;

export function createCallers({ endpoint, account, region }: CallersOptions): Callers {
  const client = createEmulatorClient({ endpoint, region });
  const kept = new Map<string, { atMs: number; of: Promise<Pick<Principal, 'userId' | 'policies'>> }>();

  const lookUp = async (arn: string): Promise<Pick<Principal, 'userId' | 'policies'>> => {
    const [, role, session] = /:assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
    const policies = await policiesOf(client, arn);
    if (role === undefined || session === undefined) return { userId: arn, policies };
    const parameters = { Action: 'GetRole', RoleName: role };
    const found = (await client.query('iam', '2010-05-08', parameters)) as { Role: { RoleId: string } };
    return { userId: `${found.Role.RoleId}:${session}`, policies };
  };
  const known = (arn: string): Promise<Pick<Principal, 'userId' | 'policies'>> => {
    const entry = kept.get(arn);
    if (entry !== undefined && Date.now() < entry.atMs + KEEP_MS) return entry.of;
    const of = lookUp(arn);
    kept.set(arn, { atMs: Date.now(), of });
    of.catch(() => kept.delete(arn));
    return of;
  };

  return {
    identify: async (request) => {
      const accessKeyId = signer(request, region);
      const root = `arn:aws:iam::${account}:root`;
      if (accessKeyId === ROOT_KEYS.accessKeyId)
        return { arn: root, userId: account, accessKeyId, policies: [ADMINISTRATOR] };
      const { body } = await forward(endpoint, request, { 'x-amz-target': PROBE });
      const said = JSON.parse(body) as { __type?: string; message?: string; Message?: string };
      const message = said.message ?? said.Message ?? '';
      const arn = /^User: (\S+) is not authorized/.exec(message)?.[1];
      if (arn === undefined) throw new Refusal(403, message || 'Forbidden');
      return { arn, accessKeyId, ...(await known(arn)) };
    },
  };
}

/** @throws Refusal when `principal` may not do `action` on `resource` */
export function demand(principal: Principal, action: string, resource: string): void {
  const verdict = evaluate(principal.policies, { action, resource, context: {} });
  if (verdict === 'allowed') return;
  const why =
    verdict === 'explicit-deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  throw new Refusal(
    403,
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
  );
}

/** The access key id of a request that is signed for API Gateway in this region. @throws Refusal */
function signer(request: RawRequest, region: string): string {
  const scope = /^AWS4-HMAC-SHA256 Credential=([^/\s]+)\/\d{8}\/([^/\s]+)\/([^/\s]+)\/aws4_request\s*,/.exec(
    headerOf(request, 'authorization') ?? '',
  );
  const [, key, signedRegion, service] = scope ?? [];
  if (key === undefined) throw new Refusal(403, 'Missing Authentication Token');
  if (service !== 'execute-api' || signedRegion !== region)
    throw new Refusal(403, `Credential should be scoped to execute-api in ${region}`);
  if (headerOf(request, 'x-amz-target') !== undefined) throw new Refusal(403, 'Forbidden');
  return key;
}

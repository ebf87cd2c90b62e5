/** Plain requests, as the HTTP stack hands them to a handler. */
import type { Caller, HttpRequest } from '../../../functions/platform/middy/http.ts';

const ACCOUNT = '000000000000';
export const HOST_ROLE = { name: 'berth-host', id: 'AROAHOSTHOSTHOSTHOST1' };
export const INSTANCE = 'i-0123456789abcdef0';

export const OPERATOR: Caller = {
  accountId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:user/ada`,
  userId: 'AIDAADAADAADAADAADAAD',
};

/** A session of a role; by default one that EC2 made for an instance with the host role. */
export const sessionOf = (
  over: { role?: string; roleId?: string; session?: string; partition?: string } = {},
): Caller => {
  const { role = HOST_ROLE.name, roleId = HOST_ROLE.id, session = INSTANCE, partition = 'aws' } = over;
  return {
    accountId: ACCOUNT,
    arn: `arn:${partition}:sts::${ACCOUNT}:assumed-role/${role}/${session}`,
    userId: `${roleId}:${session}`,
  };
};

export const request = (route: string, over: Partial<HttpRequest> = {}): HttpRequest => ({
  route,
  path: route.split(' ')[1] ?? '',
  parameters: {},
  query: {},
  headers: {},
  body: Buffer.alloc(0),
  caller: OPERATOR,
  sourceIp: '10.0.0.9',
  invocation: { requestId: 'request-1', remainingMs: () => 5_000 },
  ...over,
});

/**
 * Who calls, as AWS vouches: a host is a session of the host role whose name is its instance id
 * (`arn:aws:sts::ACCOUNT:assumed-role/ROLE/i-...`, user id `AROA...:i-...`). Name and unique id are both compared: a role
 * that was deleted and made again has the same name and another id.
 */
import type { Caller } from '../../platform/middy/http.ts';
import { ForbiddenError } from '../../usecases/errors.ts';

const SESSION = /^arn:[a-z-]+:sts::\d{12}:assumed-role\/([^/]+)\/([^/]+)$/;
const INSTANCE_ID = /^i-[0-9a-f]{8,17}$/;

/** An operator: anybody whom IAM lets in, but a host. Returns the ARN. */
export function operator(caller: Caller | null, hostRoleName: string): string {
  if (caller === null) throw new ForbiddenError('the request is not signed');
  if (SESSION.exec(caller.arn)?.[1] === hostRoleName)
    throw new ForbiddenError('hosts may not use the routes of operators');
  return caller.arn;
}

/** A host. Returns its instance id; any other principal is refused, administrators too. */
export function hostInstance(
  caller: Caller | null,
  role: { readonly name: string; readonly id: string },
): string {
  const [, name, session] = SESSION.exec(caller?.arn ?? '') ?? [];
  const isHost = name === role.name && session !== undefined && INSTANCE_ID.test(session);
  if (!isHost || caller?.userId !== `${role.id}:${session}`)
    throw new ForbiddenError('only hosts may use the routes of agents');
  return session;
}

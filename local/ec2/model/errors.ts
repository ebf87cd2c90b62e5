/** What EC2 answers when it refuses, in the form that the AWS SDK gives it: the error's `name` is EC2's code. */

/** A refusal. `name` and `code` are EC2's own code; `status` is the HTTP status it travels with. */
export class Ec2Error extends Error {
  readonly code: string;
  readonly status: number;
  readonly $fault: 'client' | 'server';
  readonly $metadata: { readonly httpStatusCode: number; readonly attempts: number };

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.$fault = status < 500 ? 'client' : 'server';
    this.$metadata = { httpStatusCode: status, attempts: 1 };
  }
}

/** The caller got no answer although the call took effect: a cut connection. Only ever injected. */
export class ReplyLostError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('socket hang up');
    this.name = 'ReplyLostError';
  }
}

/**
 * Status and text of the codes that tests inject; any other code is a 400 with a plain text. Server-side codes come
 * with 500 or 503, which the SDK tries again (API Reference, "Error codes", server errors).
 */
const KNOWN: Readonly<Record<string, readonly [status: number, message: string]>> = {
  RequestLimitExceeded: [503, 'Request limit exceeded.'],
  Unavailable: [503, 'The server is overloaded and can not handle the request.'],
  ServiceUnavailable: [503, 'The request has failed due to a temporary failure of the server.'],
  InternalError: [500, 'An internal error has occurred.'],
  InternalFailure: [500, 'The request processing has failed because of an unknown error.'],
  InsufficientInstanceCapacity: [500, 'Insufficient capacity.'],
  AuthFailure: [401, 'AWS was not able to validate the provided access credentials'],
  UnauthorizedOperation: [403, 'You are not authorized to perform this operation.'],
  VcpuLimitExceeded: [400, 'You have requested more vCPU capacity than your current vCPU limit allows.'],
};

/** An error by its code alone, as a test injects it. */
export function errorOf(code: string, message?: string, status?: number): Ec2Error {
  const [usualStatus, text] = (Object.hasOwn(KNOWN, code) ? KNOWN[code] : undefined) ?? [400, `${code}.`];
  return new Ec2Error(code, message ?? text, status ?? usualStatus);
}

export const invalidValue = (message: string) => new Ec2Error('InvalidParameterValue', message);
export const invalidCombination = (message: string) => new Ec2Error('InvalidParameterCombination', message);
export const missing = (name: string) =>
  new Ec2Error('MissingParameter', `The request must contain the parameter ${name}`);
/** EC2 knows the parameter perhaps, the local EC2 does not: refused, because ignoring it would be a lie. */
export const unknownParameter = (name: string) =>
  new Ec2Error('UnknownParameter', `The parameter ${name} is not recognized`);

/** @param ids the ones that do not exist, or are not to be seen yet. */
export function instancesNotFound(ids: readonly string[]): Ec2Error {
  const text =
    ids.length === 1
      ? `The instance ID '${ids[0] ?? ''}' does not exist`
      : `The instance IDs '${ids.join(', ')}' do not exist`;
  return new Ec2Error('InvalidInstanceID.NotFound', text);
}

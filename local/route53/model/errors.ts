/** What Route 53 answers when it refuses. */

/** Codes that the model itself gives; an injected fault may carry any other. */
export type Route53ErrorCode =
  | 'InvalidChangeBatch'
  | 'InvalidInput'
  | 'NoSuchChange'
  | 'NoSuchHostedZone'
  | 'PriorRequestNotComplete'
  | 'Throttling'
  | (string & {});

/** A refusal: nothing was changed. `code` is the service's own, `status` the HTTP status it travels with. */
export class Route53Error extends Error {
  readonly code: Route53ErrorCode;
  readonly status: number;

  constructor(code: Route53ErrorCode, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

/** The caller got no answer although the call took effect: a cut connection. Only ever injected. */
export class ReplyLostError extends Error {
  constructor() {
    super('the connection was cut before the reply arrived');
    this.name = 'ReplyLostError';
  }
}

/** All problems of a batch in one error, in Route 53's own form: `[first, second]`. */
export function invalidChangeBatch(problems: readonly string[]): Route53Error {
  return new Route53Error('InvalidChangeBatch', `[${problems.join(', ')}]`);
}

export function invalidInput(message: string): Route53Error {
  return new Route53Error('InvalidInput', message);
}

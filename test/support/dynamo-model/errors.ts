/** DynamoDB's refusals, by the names that the wire has for them. */
export class DynamoError extends Error {
  readonly code: string;
  /** More members of the answer. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.more = more;
  }
}

export class ValidationError extends DynamoError {
  constructor(message: string) {
    super('ValidationException', message);
  }
}

export const conditionFailed = (): DynamoError =>
  new DynamoError('ConditionalCheckFailedException', 'The conditional request failed');

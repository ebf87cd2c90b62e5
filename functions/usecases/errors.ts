/** What adapters throw. Nothing above them sees an error of the SDK. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}
export class ThrottledError extends Error {
  override readonly name = 'ThrottledError';
}
/** A service of AWS gave no answer, or said that the fault is its own: the same call may work the next time. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}
/** The caller's input; `problems` is shown as it is. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
  readonly problems: readonly { readonly path: string; readonly message: string; readonly remedy?: string }[];

  constructor(
    message: string,
    problems: readonly { readonly path: string; readonly message: string; readonly remedy?: string }[] = [],
  ) {
    super(message);
    this.problems = problems;
  }
}
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';
}

/** A stored row says nothing that we understand: a newer version wrote it, or somebody changed it by hand. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

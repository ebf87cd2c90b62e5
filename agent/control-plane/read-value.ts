/** Plain validators: a reader takes unknown JSON and gives the typed value, or throws with the path of the fault. */
export type Reader<T> = (value: unknown, path: string) => T;

export class ReadError extends Error {
  constructor(path: string, expected: string) {
    super(`${path || 'the reply'}: expected ${expected}`);
    this.name = 'ReadError';
  }
}

export const string: Reader<string> = (value, path) => {
  if (typeof value !== 'string') throw new ReadError(path, 'a string');
  return value;
};

export const boolean: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new ReadError(path, 'true or false');
  return value;
};

export const integer =
  (least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): Reader<number> =>
  (value, path) => {
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
      throw new ReadError(path, `an integer between ${least} and ${most}`);
    return value as number;
  };

export const matching =
  (pattern: RegExp): Reader<string> =>
  (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value))
      throw new ReadError(path, `text like ${pattern.source}`);
    return value;
  };

export const oneOf =
  <T extends string>(...words: readonly T[]): Reader<T> =>
  (value, path) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new ReadError(path, words.join(' or '));
    return found;
  };

export const array =
  <T>(item: Reader<T>): Reader<T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw new ReadError(path, 'a list');
    return value.map((each, index) => item(each, `${path}[${index}]`));
  };

export const record =
  <T>(item: Reader<T>): Reader<Record<string, T>> =>
  (value, path) =>
    Object.fromEntries(
      Object.entries(plain(value, path)).map(([key, each]) => [key, item(each, `${path}.${key}`)]),
    );

type Values<R> = { [K in keyof R]: R[K] extends Reader<infer T> ? T : never };
type Readers = Readonly<Record<string, Reader<unknown>>>;

/** Unknown keys are left out: a newer control plane may say more than this agent knows. */
export const object =
  <R extends Readers>(required: R): Reader<Values<R>> =>
  (value, path) => {
    const from = plain(value, path);
    const entries = Object.entries(required).map(([key, read]) => [key, read(from[key], `${path}.${key}`)]);
    return Object.fromEntries(entries) as Values<R>;
  };

/** As `object`, with keys that may be absent. */
export const objectWith =
  <R extends Readers, O extends Readers>(required: R, optional: O): Reader<Values<R> & Partial<Values<O>>> =>
  (value, path) => {
    const from = plain(value, path);
    const given = Object.entries(optional).filter(([key]) => from[key] !== undefined);
    const all = Object.fromEntries([...Object.entries(required), ...given]);
    return object(all)(value, path) as Values<R> & Partial<Values<O>>;
  };

function plain(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ReadError(path, 'an object');
  return value as Record<string, unknown>;
}

/**
 * Rules of the stack spec that no JSON Schema can say, as functions of a value.
 *
 * The spec's schema and the Compose loader ask the same ones, so that neither way in takes what the other refuses.
 */
import type * as z from 'zod';

export interface Fault {
  readonly message: string;
  /** What to write instead. */
  readonly remedy: string;
  /** Below the value that was asked about; absent: the value itself. */
  readonly path?: readonly (string | number)[];
}

/** What is wrong with a value; undefined: nothing. */
export type Rule<Value> = (value: Value) => Fault | undefined;

/** A rule as a check of a schema. The remedy goes along in the issue's `params`. */
export const obeys =
  <Value>(rule: Rule<Value>): z.core.CheckFn<Value> =>
  (payload) => {
    const fault = rule(payload.value);
    if (fault === undefined) return;
    const { message, remedy, path = [] } = fault;
    payload.issues.push({
      code: 'custom',
      message,
      path: [...path],
      params: { remedy },
      input: payload.value,
      continue: true,
    });
  };

/** A value of the user's in a message: cut, as a text may be as long as its document. */
export const shown = (text: string): string =>
  text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX - 1)}…`;
const SHOWN_MAX = 200;

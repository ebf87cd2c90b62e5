/** Time is asked for, never taken. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
}

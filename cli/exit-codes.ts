/** Exit codes of every verb; `berth --help` lists them. */
export const EXIT = {
  ok: 0,
  /** It was tried and did not end well: FAILED, SUPERSEDED, past the time limit, refused by the control plane. */
  failed: 1,
  /** Nothing was tried: the command line or the file is wrong. */
  badInput: 2,
  /** The control plane could not be reached, or does not let this caller in. */
  noAccess: 3,
  /** Ctrl-C: 128 + SIGINT, as shells have it. What was asked for goes on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

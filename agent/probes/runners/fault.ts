import type { ProbeOutcome } from '../probe-state.ts';

/** Faults of this host's own: they say nothing about the container. */
const OURS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on port',
  ECONNRESET: 'the connection was reset at port',
  EPIPE: 'the connection was reset at port',
  EHOSTUNREACH: 'the container cannot be reached at port',
  ENETUNREACH: 'the container cannot be reached at port',
  ETIMEDOUT: 'no connection to port',
};

/** What a broken connection means. The words are the same each time, so that a repeated fault is no news. */
export function faultOf(error: unknown, port: number): ProbeOutcome {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined && OURS.has(code)) return { kind: 'unknown', message: `this host: ${code}` };
  const words = code === undefined ? undefined : WORDS[code];
  return {
    kind: 'failed',
    message: words === undefined ? `port ${port}: ${plain(message)}` : `${words} ${port}`,
  };
}

/** One line without control characters (a terminal would act on them), of at most 200 characters. */
export const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 200);

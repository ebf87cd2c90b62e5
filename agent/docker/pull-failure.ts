/**
 * Why an image did not come, for whom it concerns: which image, on which host, what Docker said in short, what to do.
 * Pure. Docker has no codes for it, so its words are read; words that nobody knows are passed on as they are.
 */
import { EngineError } from './engine.ts';

export interface Pull {
  readonly image: string;
  readonly platform?: string;
  /** Id of the host. */
  readonly host: string;
}

interface Cause {
  readonly says: RegExp;
  /** Of the match. */
  readonly what: (found: string) => string;
  readonly remedy: string;
}

const UNREACHED =
  'An image that only your machine has must be pushed first; else check the name of the registry';

/** The first that fits counts. */
const CAUSES: readonly Cause[] = [
  {
    says: /toomanyrequests|too many requests|pull rate limit/i,
    what: () => 'the registry limits how much is pulled from it',
    remedy: 'Wait, or copy the image to a registry of your own',
  },
  {
    says: /no matching manifest for ([\w/.]+)/i,
    what: (platform) => `it is not built for ${platform}`,
    remedy: 'Build it for this platform, too (docker buildx build --platform), and push it again',
  },
  {
    says: /manifest unknown|manifest for .* not found|MANIFEST_UNKNOWN|:\s*not found$/i,
    what: () => 'its registry has no such tag or digest',
    remedy: 'Push it, or name a tag that is there',
  },
  {
    says: /access denied|unauthorized|authentication required|denied: |repository .*not (?:exist|found)|name unknown/i,
    what: () => 'its registry has no such repository, or wants a login',
    remedy: 'Check the name, and push the image if it is your own; hosts log in to no registry yet',
  },
  {
    says: /no space left on device/i,
    what: () => 'the disk of the host is full',
    remedy: 'Use a smaller image, or remove stacks whose images fill the disk',
  },
  {
    says: /HTTP response to HTTPS client|x509: |certificate/i,
    what: () => 'the host does not trust its registry',
    remedy: 'Serve the registry over HTTPS with a certificate of a public authority',
  },
  {
    says: /lookup ([\w.-]*\w)/,
    what: (registry) => `the host does not reach ${registry}`,
    remedy: UNREACHED,
  },
  {
    says: /dial tcp|connection refused|connection reset|no such host|i\/o timeout|unreachable|timeout|\bEOF\b|did not answer/i,
    what: () => 'the host does not reach its registry',
    remedy: UNREACHED,
  },
];
const UNKNOWN: Omit<Cause, 'says'> = {
  what: () => 'Docker refused',
  remedy: 'Try `docker pull` of it on a machine of yours',
};

/** Longest part of Docker's words that is passed on; the wire takes 2,000 characters in all. */
const WORDS_MAX = 200;

/** The error of a pull with all that its reader needs; its kind stays. */
export function explainPull(error: unknown, { image, platform, host }: Pull): EngineError {
  const kind = error instanceof EngineError ? error.kind : 'refused';
  const words = shortened(error instanceof Error ? error.message : String(error));
  const cause = CAUSES.find(({ says }) => says.test(words));
  const found = cause?.says.exec(words)?.[1] ?? '';
  const { what, remedy } = cause ?? UNKNOWN;
  const asked = platform === undefined ? image : `${image} (${platform})`;
  return new EngineError(
    kind,
    `The image ${asked} cannot be pulled on ${host}: ${what(found)} (Docker: ${words}). ${remedy}`,
  );
}

/** One line, without what its reader knows already: that it is Docker's, and which address it asked. */
function shortened(words: string): string {
  const line = words
    .replace(/\s+/g, ' ')
    .replace(/^Error response from daemon: /, '')
    .replace(/^(?:Get|Head) "[^"]*": /, '')
    .replace(/^dial tcp: /, '')
    .trim()
    .replace(/\.$/, '');
  return line.length <= WORDS_MAX ? line : `${line.slice(0, WORDS_MAX - 1)}…`;
}

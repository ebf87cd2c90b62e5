/**
 * The host role's keys, from the metadata service, kept until shortly before they end.
 *
 * Fails: rejects when the metadata service has no role for this host (its instance profile is missing), or does not
 *   answer and the keys at hand have ended. Keys that still work are used on while it does not answer.
 */
import type { Metadata } from './metadata.ts';
import type { Keys } from './sign.ts';

export interface Credentials {
  get(): Promise<Keys>;
  /** Somebody refused the keys: ask for new ones at the next `get`, though not more often than `LEAST_GAP_MS`. */
  distrust(): void;
}

/** New keys appear at least five minutes before the old ones end. */
const RENEW_BEFORE_MS = 5 * 60_000;
const LEAST_GAP_MS = 10_000;
const FOLDER = 'meta-data/iam/security-credentials/';

interface Held {
  readonly keys: Keys;
  readonly endsAtMs: number;
}

export function createCredentials(options: { metadata: Metadata; now: () => number }): Credentials {
  let held: Held | undefined;
  let askedAtMs = -Infinity;
  let distrusted = false;
  let asking: Promise<Keys> | undefined;

  const renew = async (): Promise<Keys> => {
    askedAtMs = options.now();
    try {
      held = await readRole(options.metadata);
      distrusted = false;
    } catch (error) {
      if (held === undefined || held.endsAtMs <= options.now()) throw error;
    }
    return held.keys;
  };

  return {
    get: async () => {
      const now = options.now();
      const due = held === undefined || distrusted || now > held.endsAtMs - RENEW_BEFORE_MS;
      const tooSoon = held !== undefined && held.endsAtMs > now && now < askedAtMs + LEAST_GAP_MS;
      if (held !== undefined && (!due || tooSoon)) return held.keys;
      asking ??= renew().finally(() => (asking = undefined));
      return asking;
    },
    distrust: () => (distrusted = true),
  };
}

async function readRole(metadata: Metadata): Promise<Held> {
  const role = (await metadata.get(FOLDER))?.split('\n')[0]?.trim();
  if (!role) throw new Error('this host has no role: the metadata service lists no credentials');
  const text = await metadata.get(FOLDER + role);
  const found = JSON.parse(text ?? '{}') as Partial<Record<string, unknown>>;
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = found;
  const strings = [AccessKeyId, SecretAccessKey, Token, Expiration].map((value) =>
    typeof value === 'string' && value !== '' ? value : undefined,
  );
  const [accessKeyId, secretAccessKey, sessionToken, expiration] = strings;
  const endsAtMs = Date.parse(expiration ?? '');
  if (
    accessKeyId === undefined ||
    secretAccessKey === undefined ||
    sessionToken === undefined ||
    Number.isNaN(endsAtMs)
  )
    throw new Error(`the metadata service gave no usable keys for role ${role}`);
  return { keys: { accessKeyId, secretAccessKey, sessionToken }, endsAtMs };
}

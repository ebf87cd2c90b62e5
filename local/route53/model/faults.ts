/** What tests may do to the model: slow it down, make calls fail, lose replies, throttle. All deterministic. */
import { Route53Error } from './errors.ts';
import { PROCESSING_MS, PROPAGATION_MS } from './limits.ts';

/** The actions that the model plays. */
export type Route53Action =
  | 'ChangeResourceRecordSets'
  | 'GetChange'
  | 'GetHostedZone'
  | 'ListHostedZonesByName'
  | 'ListResourceRecordSets';

/** The next `times` (1 unless told) calls of `action` (any unless told) fail with this; nothing takes effect. */
export interface InjectedFailure {
  readonly action?: string;
  readonly code: string;
  readonly message?: string;
  /** HTTP status, 400 unless told. */
  readonly status?: number;
  readonly times?: number;
}

export interface Faults {
  /** Time from now on until a change is INSYNC, in ms. Changes already made keep theirs. */
  propagationMs: number;
  /** Time from now on for which a zone is busy with an accepted batch, in ms. */
  processingMs: number;
  failNext(failure: InjectedFailure): void;
  /** The next call of `action` (any unless told) takes effect, but its reply is lost. */
  loseReplyNext(action?: string): void;
  /** The next so many calls, of whatever action, are throttled. */
  throttleNext(calls: number): void;
}

/** The model's own side of it. */
export interface ArmedFaults extends Faults {
  /** @throws Route53Error the failure that is due for this call, if any. */
  beforeCall(action: string): void;
  /** Whether the reply to this call, which took effect, is to be lost. */
  takeLostReply(action: string): boolean;
}

export function createFaults(settings: { propagationMs?: number; processingMs?: number } = {}): ArmedFaults {
  const failures: { failure: InjectedFailure; left: number }[] = [];
  const lostReplies: (string | undefined)[] = [];
  return {
    propagationMs: settings.propagationMs ?? PROPAGATION_MS,
    processingMs: settings.processingMs ?? PROCESSING_MS,
    failNext: (failure) => void failures.push({ failure, left: failure.times ?? 1 }),
    loseReplyNext: (action) => void lostReplies.push(action),
    throttleNext: (calls) =>
      void failures.push({ failure: { code: 'Throttling', message: 'Rate exceeded' }, left: calls }),
    beforeCall(action) {
      const index = failures.findIndex(({ failure }) => (failure.action ?? action) === action);
      const due = failures[index];
      if (due === undefined) return;
      due.left -= 1;
      if (due.left <= 0) failures.splice(index, 1);
      const { code, message, status } = due.failure;
      throw new Route53Error(code, message ?? `${code}, injected`, status);
    },
    takeLostReply(action) {
      const index = lostReplies.findIndex((wanted) => (wanted ?? action) === action);
      if (index < 0) return false;
      lostReplies.splice(index, 1);
      return true;
    },
  };
}

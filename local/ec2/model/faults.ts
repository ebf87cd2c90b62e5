/**
 * What tests make go wrong. Nothing here happens by chance: each fault is asked for, and each is used up.
 */
import type { Ec2Error } from './errors.ts';
import { errorOf } from './errors.ts';

export interface NextFailure {
  /** EC2's code, for example `RequestLimitExceeded`. */
  readonly code: string;
  readonly message?: string | undefined;
  readonly status?: number | undefined;
  /** How many calls fail; 1 unless told. */
  readonly times?: number | undefined;
}

export interface CapacityShortage {
  readonly instanceType: string;
  readonly zone: string;
  /** How many more can be launched; 0 unless told. */
  readonly remaining?: number | undefined;
  readonly untilMs: number;
}

export interface PageCut {
  /** At most so many instances a page, whatever MaxResults says. */
  readonly maximum: number;
  /** The first page is empty and has a NextToken, as EC2's may be when filters are used. */
  readonly emptyFirst?: boolean | undefined;
}

export interface Faults {
  /** The next calls of an action fail before they have an effect. */
  failNext(action: string, failure: NextFailure): void;
  /** The next calls of an action take effect, then the connection is cut. */
  loseReply(action: string, times?: number): void;
  /** A type is scarce in a zone for a while. */
  setCapacity(shortage: CapacityShortage): void;
  /** An instance is missing from every answer until then. */
  hide(instanceId: string, untilMs: number): void;
  cutPages(cut: PageCut | undefined): void;
  /** EC2's own checks of a running instance fail from now on. */
  impair(instanceId: string): void;
  /** Takes all of it back. */
  clear(): void;
}

/** The side that the model asks. */
export interface PendingFaults extends Faults {
  takeFailure(action: string): Ec2Error | undefined;
  takeLostReply(action: string): boolean;
  /** How many of a type can be launched in a zone now; Infinity without a shortage. */
  capacity(instanceType: string, zone: string, nowMs: number): number;
  takeCapacity(instanceType: string, zone: string, count: number): void;
  isHidden(instanceId: string, nowMs: number): boolean;
  pageCut(): PageCut | undefined;
  isImpaired(instanceId: string): boolean;
}

export function createFaults(): PendingFaults {
  const failures = new Map<string, Ec2Error[]>();
  const lostReplies = new Map<string, number>();
  const shortages = new Map<string, { remaining: number; untilMs: number }>();
  const hidden = new Map<string, number>();
  const impaired = new Set<string>();
  let cut: PageCut | undefined;
  const offering = (instanceType: string, zone: string) => `${instanceType} ${zone}`;
  return {
    failNext(action, { code, message, status, times = 1 }) {
      const queue = failures.get(action) ?? [];
      for (let left = times; left > 0; left -= 1) queue.push(errorOf(code, message, status));
      failures.set(action, queue);
    },
    loseReply: (action, times = 1) => void lostReplies.set(action, (lostReplies.get(action) ?? 0) + times),
    setCapacity: ({ instanceType, zone, remaining = 0, untilMs }) =>
      void shortages.set(offering(instanceType, zone), { remaining, untilMs }),
    hide: (instanceId, untilMs) => void hidden.set(instanceId, untilMs),
    cutPages: (wanted) => void (cut = wanted),
    impair: (instanceId) => void impaired.add(instanceId),
    clear() {
      for (const store of [failures, lostReplies, shortages, hidden, impaired]) store.clear();
      cut = undefined;
    },
    takeFailure: (action) => failures.get(action)?.shift(),
    takeLostReply(action) {
      const left = lostReplies.get(action) ?? 0;
      if (left > 0) lostReplies.set(action, left - 1);
      return left > 0;
    },
    capacity(instanceType, zone, nowMs) {
      const shortage = shortages.get(offering(instanceType, zone));
      return shortage === undefined || nowMs >= shortage.untilMs ? Infinity : shortage.remaining;
    },
    takeCapacity(instanceType, zone, count) {
      const shortage = shortages.get(offering(instanceType, zone));
      if (shortage !== undefined) shortage.remaining -= Math.min(count, shortage.remaining);
    },
    isHidden: (instanceId, nowMs) => nowMs < (hidden.get(instanceId) ?? 0),
    pageCut: () => cut,
    isImpaired: (instanceId) => impaired.has(instanceId),
  };
}

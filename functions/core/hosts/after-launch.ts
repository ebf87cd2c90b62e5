/** What becomes of a batch's intents once EC2 has answered, or has not. */
import type { Decision } from '../model/decision.ts';
import type { Host } from '../model/host.ts';
import type { LaunchedInstance, LaunchFailure, LaunchOutcome } from '../model/instance.ts';
import { offeringName } from '../model/offering.ts';

/** Between tries of a batch that the account's limit or a missing permission stops: doubling up to the longest. */
export const LIMIT_PAUSE_MS = 60_000;
export const LIMIT_PAUSE_MAX_MS = 900_000;
/** An unknown outcome is asked again with the same token: EC2 then answers with the same instances. */
export const UNKNOWN_PAUSE_MS = 2_000;

export interface AfterLaunch {
  /** As they are to be stored. */
  readonly stored: readonly Host[];
  /** Intents that are certain to have no instance: their rows go, and demand is planned anew. */
  readonly dropped: readonly Host[];
  readonly decisions: readonly Decision[];
  /** To be remembered. */
  readonly failures: readonly LaunchFailure[];
}

/**
 * @param rows the batch's intents without an instance, by id
 * @param known instances that other rows have, or that are gone
 */
export function afterLaunch(
  rows: readonly Host[],
  outcome: LaunchOutcome,
  known: ReadonlySet<string>,
  nowMs: number,
): AfterLaunch {
  const [first] = rows;
  if (first === undefined) return NOTHING;
  switch (outcome.kind) {
    case 'answered':
      return answered(rows, outcome, known, nowMs);
    case 'no-capacity':
      return drop(
        rows,
        `no capacity for any of ${first.launch.offerings.length} offerings: ${outcome.message}`,
        [
          ...first.launch.offerings.map(
            (offering) => ({ kind: 'no-capacity', offering, message: outcome.message }) as const,
          ),
        ],
      );
    case 'token-spent':
      return drop(rows, `its token is spent (${outcome.message}); asked again with a new one`, []);
    case 'account-limit': {
      const reason = limitWords(outcome.quota, outcome.message);
      const failures = first.launch.offerings.slice(0, 1).map((offering) => ({ ...outcome, offering }));
      return { ...pause(rows, reason, nowMs), failures };
    }
    case 'refused':
      return pause(rows, `EC2 refuses the launch: ${outcome.message}`, nowMs);
    case 'unknown': {
      const reason = `no clear answer to the launch: ${outcome.message}; looked up, then asked again with the same token`;
      const stored = rows.map((row) => ({ ...row, retryAtMs: nowMs + UNKNOWN_PAUSE_MS, reason }));
      return { ...NOTHING, stored, decisions: [failed(first, reason)] };
    }
  }
}

const NOTHING: AfterLaunch = { stored: [], dropped: [], decisions: [], failures: [] };

/** The row of a host whose instance is there. */
export function bootingHost(
  host: Host,
  { instanceId, offering }: LaunchedInstance,
  about: { readonly address: string | null; readonly launchedAtMs: number; readonly reason: string },
): Host {
  const { instanceType, subnetId, zone } = offering;
  return {
    ...host,
    ...about,
    state: 'booting',
    instanceId,
    zone,
    // Nobody asks for it again: what it could have been is of no use any more.
    launch: { ...host.launch, instanceType, subnetId, offerings: [] },
  };
}

function answered(
  rows: readonly Host[],
  { instances, failures }: Extract<LaunchOutcome, { kind: 'answered' }>,
  known: ReadonlySet<string>,
  nowMs: number,
): AfterLaunch {
  const fresh = instances.filter(({ instanceId }) => !known.has(instanceId));
  const stored = rows.flatMap((row, index) => {
    const instance = fresh[index];
    if (instance === undefined) return [];
    const reason = `${instance.instanceId} boots`;
    return [bootingHost(row, instance, { address: null, launchedAtMs: nowMs, reason })];
  });
  const dropped = rows.slice(stored.length);
  const subject = rows[0] as Host;
  // A limit stops several offerings alike.
  const distinct = failures.filter(
    (one, index) =>
      one.kind !== 'account-limit' ||
      !failures.slice(0, index).some((other) => other.kind === one.kind && other.quota === one.quota),
  );
  const told = distinct.map((failure, index) => {
    const then = index < distinct.length - 1 || stored.length > 0 ? '; the next offering is tried' : '';
    return failed(subject, `${failureWords(failure)}${then}`);
  });
  const lost = dropped.length > 0 && failures.length === 0;
  return {
    stored,
    dropped,
    decisions: [
      ...told,
      ...(lost ? [failed(subject, 'what its token launched is gone; asked again with a new one')] : []),
      ...stored.map((host) => ({
        code: 'host-launched' as const,
        subject: host.id,
        stack: null,
        message: `${host.instanceId ?? ''} (${host.launch.instanceType}, ${host.zone ?? ''}) boots for ${host.id}`,
      })),
    ],
    failures,
  };
}

function failureWords(failure: LaunchFailure): string {
  const where = `${offeringName(failure.offering)} (${failure.offering.subnetId})`;
  if (failure.kind === 'account-limit') return limitWords(failure.quota, failure.message);
  const what = { 'no-capacity': 'no capacity for', refused: 'EC2 refuses', failed: 'EC2 did not launch' };
  return `${what[failure.kind]} ${where}: ${failure.message}`;
}

export const limitWords = (quota: string, message: string): string =>
  `the account's limit ${quota} is reached: ${message}; raise it in Service Quotas, or lower hostsMax`;

function drop(rows: readonly Host[], reason: string, failures: readonly LaunchFailure[]): AfterLaunch {
  const [first] = rows;
  return {
    ...NOTHING,
    dropped: rows,
    failures,
    decisions: first === undefined ? [] : [failed(first, reason)],
  };
}

/** They stay, with their token: what an earlier call of it launched is found by it, or by the batch's tag. */
function pause(rows: readonly Host[], why: string, nowMs: number): AfterLaunch {
  const [first] = rows;
  const tries = first?.attempt ?? 1;
  const pauseMs = Math.min(LIMIT_PAUSE_MS * 2 ** (tries - 1), LIMIT_PAUSE_MAX_MS);
  const reason = `${why}; tried again in ${pauseMs / 1000} s`;
  const stored = rows.map((row) => ({
    ...row,
    attempt: row.attempt + 1,
    retryAtMs: nowMs + pauseMs,
    reason,
  }));
  return { ...NOTHING, stored, decisions: first === undefined ? [] : [failed(first, reason)] };
}

const failed = ({ id }: Host, message: string): Decision => ({
  code: 'host-launch-failed',
  subject: id,
  stack: null,
  message,
});

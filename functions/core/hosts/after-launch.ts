/** What becomes of an intent once EC2 has answered, or has not. */
import type { Decision } from '../model/decision.ts';
import type { Host } from '../model/host.ts';
import type { LaunchOutcome } from '../model/instance.ts';
import { nextAttempt } from './intent.ts';

/** Between tries when every zone was short, when a limit stands in the way, and when a permission is missing. */
export const CAPACITY_PAUSE_MS = 30_000;
export const LIMIT_PAUSE_MS = 60_000;
/** An unknown outcome is asked again with the same token: EC2 then answers with the same instance. */
export const UNKNOWN_PAUSE_MS = 2_000;

export function afterLaunch(
  host: Host,
  outcome: LaunchOutcome,
  subnetIds: readonly string[],
  nowMs: number,
): { readonly host: Host; readonly decision: Decision } {
  const row = (code: Decision['code'], message: string): Decision => ({
    code,
    subject: host.id,
    stack: null,
    message,
  });
  switch (outcome.kind) {
    case 'launched': {
      const { instanceId, zone, address } = outcome;
      const next: Host = {
        ...host,
        state: 'booting',
        reason: `${instanceId} boots`,
        instanceId,
        zone,
        address,
        launchedAtMs: nowMs,
      };
      return {
        host: next,
        decision: row(
          'host-launched',
          `${instanceId} (${host.launch.instanceType}, ${zone}) boots for ${host.id}`,
        ),
      };
    }
    case 'no-capacity': {
      const tried = host.attempt % subnetIds.length === 0;
      const pause = tried ? CAPACITY_PAUSE_MS : 0;
      const then = tried
        ? `all zones are tried again in ${CAPACITY_PAUSE_MS / 1000} s`
        : 'the next zone is tried';
      const reason = `no capacity for ${host.launch.instanceType} in ${host.launch.subnetId}: ${outcome.message}; ${then}`;
      return fail({ ...host, ...nextAttempt(host, subnetIds), retryAtMs: nowMs + pause, reason });
    }
    case 'token-spent': {
      const reason = `its token is spent (${outcome.message}); asked again with a new one`;
      return fail({ ...host, ...nextAttempt(host, [host.launch.subnetId]), retryAtMs: nowMs, reason });
    }
    case 'account-limit': {
      const reason = `the account's limit ${outcome.quota} is reached: ${outcome.message}; raise it in Service Quotas, or lower hostsMax`;
      return fail({ ...host, retryAtMs: nowMs + LIMIT_PAUSE_MS, reason });
    }
    case 'refused': {
      const reason = `EC2 refuses the launch: ${outcome.message}; tried again in ${LIMIT_PAUSE_MS / 1000} s`;
      return fail({ ...host, retryAtMs: nowMs + LIMIT_PAUSE_MS, reason });
    }
    case 'unknown': {
      const reason = `no clear answer to the launch: ${outcome.message}; looked up, then asked again with the same token`;
      return fail({ ...host, retryAtMs: nowMs + UNKNOWN_PAUSE_MS, reason });
    }
  }

  function fail(next: Host): { host: Host; decision: Decision } {
    return { host: next, decision: row('host-launch-failed', next.reason) };
  }
}

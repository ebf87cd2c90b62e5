/** What a deploy looks like from outside: pure, from what the API said last. */
import type { ServiceStatus, StackDetail } from '../../contract/http-api.ts';
import { showDuration } from '../duration.ts';
import type { Paint } from '../output/paint.ts';
import { toneOf } from '../output/paint.ts';
import type { Row } from '../output/progress.ts';

/** Every accepted deploy ends as one of these. */
export interface DeployOutcome {
  readonly result: 'CONVERGED' | 'FAILED' | 'SUPERSEDED';
  readonly reason: string;
}

export interface Deploy {
  readonly stack: string;
  readonly revision: number;
}

/** Null: still under way. `detail` null: the API knows no such stack (any more). */
export function outcomeOf(deploy: Deploy, detail: StackDetail | null): DeployOutcome | null {
  if (detail === null || detail.state === 'removing')
    return { result: 'SUPERSEDED', reason: `${deploy.stack} was removed meanwhile` };
  if (detail.revision > deploy.revision)
    return {
      result: 'SUPERSEDED',
      reason: `revision ${String(detail.revision)} took its place (by ${detail.updatedBy})`,
    };
  // An answer from before our own PUT says nothing about it.
  if (detail.revision < deploy.revision || detail.state === 'progressing') return null;
  if (detail.state === 'converged') return { result: 'CONVERGED', reason: summary(detail.services) };
  return { result: 'FAILED', reason: reasons(detail.services, 'failed') };
}

function summary(services: readonly ServiceStatus[]): string {
  const healthy = services.reduce((sum, { healthy: count }) => sum + count, 0);
  return `${counted(healthy, 'replica')} of ${counted(services.length, 'service')} healthy`;
}

/** Why it is not done yet, in the control plane's words. */
export function waitingFor(detail: StackDetail | null): string {
  if (detail === null) return 'the stack to appear';
  return reasons(detail.services, 'progressing');
}

function reasons(services: readonly ServiceStatus[], state: ServiceStatus['state']): string {
  const told = services
    .filter((service) => service.state === state)
    .map(({ service, reason, healthy, replicas }) =>
      reason === ''
        ? `${service}: ${String(healthy)} of ${String(replicas)} healthy`
        : `${service}: ${reason}`,
    );
  return told.length === 0 ? 'the control plane gave no reason' : told.join('; ');
}

/** The block that is redrawn while it is awaited: the stack, then each service. */
export function deployRows(
  deploy: Deploy,
  detail: StackDetail,
  elapsedMs: number,
  paint: Paint,
): readonly Row[] {
  const width = Math.max(...detail.services.map(({ service }) => service.length), 0);
  const head: Row = {
    key: 'stack',
    text: `${paint('strong', deploy.stack)} revision ${String(deploy.revision)}: ${paint(toneOf(detail.state), detail.state)}`,
    ticking: `  ${showDuration(elapsedMs)}`,
  };
  return [head, ...detail.services.map((service) => serviceRow(service, width, paint))];
}

const COUNTS = /^\d+ of \d+ replicas healthy(?:; |$)/;

function serviceRow(status: ServiceStatus, width: number, paint: Paint): Row {
  const { service, replicas, running, healthy, state, reason } = status;
  const counts = `${String(running)} of ${String(replicas)} running, ${String(healthy)} healthy`;
  // The counts stand beside it already.
  const rest = reason.replace(COUNTS, '');
  const why = state === 'converged' || rest === '' ? '' : `  ${rest}`;
  return {
    key: `service ${service}`,
    text: `  ${service.padEnd(width)}  ${paint(toneOf(state), counts)}${why}`,
  };
}

export const counted = (count: number, noun: string): string =>
  `${String(count)} ${noun}${count === 1 ? '' : 's'}`;

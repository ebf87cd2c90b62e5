/** What the steps of the provision loop share: its ports, and how a row is stored. */
import type { Decision } from '../core/model/decision.ts';
import type { Host } from '../core/model/host.ts';
import { ConflictError } from './errors.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import type {
  Clock,
  DecisionLog,
  HostLauncher,
  HostStore,
  Ids,
  LoopLeases,
  OfferingStore,
  PriceStore,
  Pricing,
  Wakes,
} from './ports.ts';
import { recordDecisions } from './record-decisions.ts';

export interface ProvisionDeps {
  readonly load: LoadSnapshot;
  readonly hosts: HostStore;
  readonly offerings: OfferingStore;
  readonly prices: PriceStore;
  readonly pricing: Pricing;
  readonly launcher: HostLauncher;
  readonly leases: LoopLeases;
  readonly decisions: DecisionLog;
  readonly wakes: Pick<Wakes, 'reconcile'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** False when somebody else wrote the row meanwhile. */
export async function save(deps: ProvisionDeps, host: Host, decision: Decision | null): Promise<boolean> {
  try {
    await deps.hosts.putHost(host, host.version);
  } catch (error) {
    // The agent registered meanwhile; what it wrote is newer. The next pass reads it.
    if (!(error instanceof ConflictError)) throw error;
    return false;
  }
  if (decision) await recordDecisions(deps, 'provision', [decision]);
  return true;
}

export const row = (code: Decision['code'], host: Host, message: string): Decision => ({
  code,
  subject: host.id,
  stack: null,
  message,
});

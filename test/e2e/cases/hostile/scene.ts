/** Who is where in the cases of a hostile container. */
import type { Replica } from '../../../../contract/http-api.ts';
import type { HostWhereabouts } from '../../../../local/whereabouts.ts';
import type { RunningContainer } from '../../support/hosts.ts';

export interface Scene {
  /** Where the attacker and its victim run. */
  readonly host: HostWhereabouts;
  readonly other: HostWhereabouts;
  readonly villain: RunningContainer;
  readonly villainTask: Replica;
  readonly victim: RunningContainer;
  readonly victimTask: Replica;
  /** Milliseconds after which the rules of `other`'s firewall, which were flushed, were back. */
  readonly rulesBackMs: Promise<number>;
}

/**
 * The port "upgrades": the versions of the agent on this host, and how another one gets there. What runs next is not
 * decided here but by `launch.sh`, which starts the agent and goes back when a new version fails.
 */
import type { AgentArchive, AgentFailure, WantedAgent } from '../../contract/agent-protocol.ts';

export interface Upgrades {
  /** The version given up last, unless it is the one that runs. */
  refusal(): Promise<AgentFailure | undefined>;
  /** Whether that version lies here whole. */
  has(version: string): Promise<boolean>;
  /**
   * Fetches a version, checks it, and puts it beside the others, whole or not at all; nothing is switched.
   * Rejects with `WrongArchive` when it is not what was promised, with another error when it cannot be had now.
   */
  fetch(version: string, archive: AgentArchive): Promise<void>;
  /** At the next start that version, which is here, is on trial. Another one that was is no longer. */
  putOnTrial(wanted: WantedAgent): Promise<void>;
  /** The running version works: from now on it is the current one, if it was on trial. Versions before the last go. */
  confirm(): Promise<void>;
  /** Ends this process in good order; the service manager starts the next one. */
  restart(): void;
}

/** The archive has other bytes than its digest says, or holds something else: fetching it again would not help. */
export class WrongArchive extends Error {}

/** Who called what: read back by the least-privilege test, and by people who wonder. */
import type { PermissionCheck } from './checks/policy.ts';

export interface RecordedCall {
  readonly atMs: number;
  readonly action: string;
  /** ARN of the caller; `unknown` when it was not established. */
  readonly principal: string;
  /** `ok`, `forwarded` and the status, or the code of the refusal. */
  readonly outcome: string;
  /** Permissions that the call needed and had: grants that were really used. */
  readonly used: readonly Pick<PermissionCheck, 'action' | 'resource'>[];
}

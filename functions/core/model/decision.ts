/** Every decision carries its reason; these rows are what `berth events` prints. */
export type DecisionCode =
  | 'stack-accepted'
  | 'stack-removing'
  | 'stack-removed'
  | 'service-converged'
  | 'service-failed'
  | 'task-placed'
  | 'task-waiting'
  | 'task-draining'
  | 'task-preempted'
  | 'task-stopping'
  | 'task-failed'
  | 'task-removed'
  | 'drain-deadline'
  | 'host-requested'
  | 'host-launched'
  | 'host-launch-failed'
  | 'host-found'
  | 'host-registered'
  | 'host-registration-overdue'
  | 'host-gone'
  | 'host-suspect'
  | 'host-lost'
  | 'host-back'
  | 'host-draining'
  | 'host-undrained'
  | 'host-surplus'
  | 'host-outdated'
  | 'hosts-frozen'
  | 'hosts-thawed'
  | 'pool-exhausted'
  | 'dns-applied'
  | 'dns-unconfirmed'
  | 'dns-rejected'
  | 'dns-refused'
  | 'dns-throttled'
  | 'dns-fail-open'
  | 'dns-limit'
  | 'dns-mended'
  | 'garbage-deleted'
  | 'garbage-kept'
  | 'agent-canary'
  | 'agent-proven'
  | 'agent-upgrading'
  | 'agent-overdue'
  | 'agent-refused'
  | 'row-unreadable'
  | 'scaled-out'
  | 'scaled-in'
  | 'scale-held'
  | 'scale-set'
  | 'scale-reset'
  | 'settings-changed';

export interface Decision {
  readonly code: DecisionCode;
  /** What it is about: `shop/web-3`, `h-...`, `shop`. */
  readonly subject: string;
  readonly stack: string | null;
  /** One sentence for an operator: what, why, and what happens next. */
  readonly message: string;
  /** Kept for ever; the others expire. */
  readonly audit?: boolean;
}

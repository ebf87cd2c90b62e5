/**
 * What EC2 tells EventBridge of instances: changes of state, and what it announces (a spot interruption, advice to
 * rebalance). EventBridge takes the source `aws.ec2` from AWS only, so the local EC2 finds the rules that match and
 * delivers to their Lambda targets itself.
 *
 * Fails: a rule with a pattern, target or input that is not modelled is told to `log` and left out; a failed delivery
 * is told too. Nothing of this reaches the caller of EC2, as in an account.
 */
import { randomUUID } from 'node:crypto';
import type { EmulatorClient } from './client.ts';

export interface InstanceEvent {
  readonly instanceId: string;
  readonly atMs: number;
  /** EventBridge's `detail-type`. */
  readonly kind: string;
  /** The event's `detail`, beside the instance's id. */
  readonly detail: Readonly<Record<string, string>>;
}

export const STATE_CHANGE = 'EC2 Instance State-change Notification';
/** EC2 User Guide: "Spot Instance interruption notices", "EC2 instance rebalance recommendations". */
export const NOTICES = {
  interruption: {
    kind: 'EC2 Spot Instance Interruption Warning',
    detail: { 'instance-action': 'terminate' },
  },
  rebalance: { kind: 'EC2 Instance Rebalance Recommendation', detail: {} },
} as const;
export type Notice = keyof typeof NOTICES;

export interface EventDelivery {
  /** Resolves when every target was tried. */
  deliver(event: InstanceEvent): Promise<void>;
}

interface Rule {
  readonly Name: string;
  readonly State?: string;
  readonly EventPattern?: string;
}
interface Target {
  readonly Id: string;
  readonly Arn: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: object;
}

export interface DeliveryOptions {
  readonly client: EmulatorClient;
  readonly account: string;
  readonly region: string;
  readonly log: (line: string) => void;
}

export function createEventDelivery({ client, account, region, log }: DeliveryOptions): EventDelivery {
  const listAll = async <T>(operation: string, field: string, input: object): Promise<readonly T[]> => {
    const all: T[] = [];
    let token: string | undefined;
    do {
      const reply = (await client.json('events', `AWSEvents.${operation}`, {
        ...input,
        ...(token !== undefined && { NextToken: token }),
      })) as Record<string, unknown>;
      all.push(...((reply[field] ?? []) as T[]));
      token = reply['NextToken'] as string | undefined;
    } while (token);
    return all;
  };
  return {
    async deliver(event) {
      try {
        const envelope = toEnvelope(event, account, region);
        for (const rule of await listAll<Rule>('ListRules', 'Rules', {})) {
          if (rule.State === 'DISABLED' || rule.EventPattern === undefined) continue;
          if (!matchesPattern(JSON.parse(rule.EventPattern), envelope)) continue;
          for (const target of await listAll<Target>('ListTargetsByRule', 'Targets', { Rule: rule.Name }))
            await deliverTo(client, target, envelope).catch((error: unknown) =>
              log(`event for ${rule.Name}, target ${target.Id}: ${String(error)}`),
            );
        }
      } catch (error) {
        log(`event of ${event.instanceId} (${event.kind}): ${String(error)}`);
      }
    },
  };
}

function toEnvelope({ instanceId, kind, detail, atMs }: InstanceEvent, account: string, region: string) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': kind,
    source: 'aws.ec2',
    account,
    time: new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [`arn:aws:ec2:${region}:${account}:instance/${instanceId}`],
    detail: { 'instance-id': instanceId, ...detail },
  };
}

async function deliverTo(client: EmulatorClient, target: Target, envelope: object): Promise<void> {
  if (!/^arn:aws:lambda:/.test(target.Arn))
    throw new Error(`only Lambda targets are delivered to, not ${target.Arn}`);
  if (target.Input !== undefined || target.InputPath !== undefined || target.InputTransformer !== undefined)
    throw new Error('a target that changes its input is not modelled');
  await client.post(
    'lambda',
    `/2015-03-31/functions/${encodeURIComponent(target.Arn)}/invocations`,
    { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' },
    JSON.stringify(envelope),
  );
}

/**
 * Event patterns with exact values and `prefix` (EventBridge User Guide, "Event patterns").
 * @throws Error for any other kind of comparison.
 */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values = Array.isArray(event) ? (event as unknown[]) : [event];
    return pattern.some((wanted: unknown) => values.some((value) => matchesValue(wanted, value)));
  }
  if (typeof pattern !== 'object' || pattern === null || typeof event !== 'object' || event === null)
    return false;
  const fields = new Map<string, unknown>(Object.entries(event));
  return Object.entries(pattern).every(([name, inner]) => matchesPattern(inner, fields.get(name)));
}

function matchesValue(wanted: unknown, value: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return wanted === value;
  const [[kind, argument] = ['']] = Object.entries(wanted);
  if (kind === 'prefix' && typeof argument === 'string')
    return typeof value === 'string' && value.startsWith(argument);
  throw new Error(`event patterns: ${JSON.stringify(wanted)} is not modelled`);
}

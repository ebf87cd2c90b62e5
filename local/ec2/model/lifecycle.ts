/** The states of instances, as time passes and as they are terminated. */
import { CLIENT_TOKEN_KEPT_MS } from './limits.ts';
import type { Instance, InstanceState } from './instance.ts';
import type { World } from './world.ts';

/** Lets everything happen that is due, in the order of its time. */
export function settle(world: World, nowMs: number): void {
  for (;;) {
    const due = earliest(world);
    if (due?.next === undefined || due.next.atMs > nowMs) break;
    if (due.next.state === 'forgotten') world.instances.delete(due.id);
    else enter(world, due, due.next.state, due.next.atMs);
  }
  for (const [key, token] of world.tokens)
    if (token.terminatedAtMs !== undefined && nowMs >= token.terminatedAtMs + CLIENT_TOKEN_KEPT_MS)
      world.tokens.delete(key);
  for (const [token, { atMs }] of world.fleets)
    if (nowMs >= atMs + CLIENT_TOKEN_KEPT_MS) world.fleets.delete(token);
}

/** The time of the next thing that happens by itself. */
export function nextChangeAt(world: World): number | undefined {
  return earliest(world)?.next?.atMs;
}

function earliest(world: World): Instance | undefined {
  let found: Instance | undefined;
  for (const instance of world.instances.values())
    if (instance.next !== undefined && (found?.next === undefined || instance.next.atMs < found.next.atMs))
      found = instance;
  return found;
}

/** Puts an instance into a state, plans what follows, and tells. */
export function enter(world: World, instance: Instance, state: InstanceState, atMs: number): void {
  const { timings } = world;
  instance.state = state;
  switch (state) {
    case 'pending':
      instance.next = { state: 'running', atMs: atMs + timings.pendingMs };
      break;
    case 'running':
      instance.next = undefined;
      break;
    case 'shutting-down':
      instance.next = { state: 'terminated', atMs: atMs + timings.shuttingDownMs };
      break;
    case 'terminated':
      instance.next = { state: 'forgotten', atMs: atMs + timings.terminatedVisibleMs };
      instance.terminatedAtMs = atMs;
      world.addresses.release(instance.address);
      endToken(world, instance, atMs);
      break;
  }
  world.publish({ instance, state, atMs });
}

/** Begins the end of an instance; one that is ending already goes on as it was. */
export function terminate(
  world: World,
  instance: Instance,
  nowMs: number,
  reason: NonNullable<Instance['stateReason']>,
): void {
  if (instance.state === 'shutting-down' || instance.state === 'terminated') return;
  instance.stateReason = reason;
  enter(world, instance, 'shutting-down', nowMs);
}

function endToken(world: World, ended: Instance, atMs: number): void {
  for (const token of world.tokens.values())
    if (
      token.instanceIds.includes(ended.id) &&
      token.instanceIds.every((id) => (world.instances.get(id)?.state ?? 'terminated') === 'terminated')
    )
      token.terminatedAtMs = atMs;
}

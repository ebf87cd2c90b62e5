/**
 * Host ports. The range is Berth's own (security group, agent protocol); a port in any assignment of the host is
 * taken, also of a task that is stopping, since DNS caches may still hold it.
 */
import type { PortBinding } from '../model/task.ts';
import type { Assignment } from '../model/task.ts';
import type { PortSpec } from '../model/service-spec.ts';
import { hash32 } from '../random.ts';

export const FIRST_HOST_PORT = 20_000;
export const LAST_HOST_PORT = 29_999;
export const HOST_PORT_COUNT = LAST_HOST_PORT - FIRST_HOST_PORT + 1;

/** Starts at a seeded place, so that a port just given up is not the next one handed out. Null: the range is full. */
export function choosePorts(
  ports: readonly PortSpec[],
  assignments: readonly Assignment[],
  seed: string,
): PortBinding[] | null {
  const taken = new Set(assignments.flatMap((one) => one.ports.map((port) => port.host)));
  if (taken.size + ports.length > HOST_PORT_COUNT) return null;
  let next = hash32(seed) % HOST_PORT_COUNT;
  return ports.map((port) => {
    while (taken.has(FIRST_HOST_PORT + next)) next = (next + 1) % HOST_PORT_COUNT;
    const host = FIRST_HOST_PORT + next;
    taken.add(host);
    return { name: port.name, container: port.container, protocol: port.protocol, host };
  });
}

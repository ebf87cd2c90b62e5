/**
 * Host ports. The range is Berth's own (security group, agent protocol); a port in any assignment of the host is
 * taken, also of a task that is stopping, since DNS caches may still hold it.
 */
import type { Assignment, PortBinding } from '../model/task.ts';
import type { PortSpec } from '../model/service-spec.ts';
import { hash32 } from '../random.ts';

export const FIRST_HOST_PORT = 20_000;
export const LAST_HOST_PORT = 29_999;
export const HOST_PORT_COUNT = LAST_HOST_PORT - FIRST_HOST_PORT + 1;

export function takenPorts(assignments: readonly Assignment[]): Set<number> {
  const taken = new Set<number>();
  for (const { ports } of assignments) for (const { host } of ports) taken.add(host);
  return taken;
}

/** Starts at a seeded place, so that a port just given up is not the next one handed out. Null: the range is full. */
export function choosePorts(
  ports: readonly PortSpec[],
  assignments: readonly Assignment[],
  seed: string,
): PortBinding[] | null {
  return takePorts(ports, takenPorts(assignments), seed);
}

/** As `choosePorts`; what it chooses is taken from then on. */
export function takePorts(
  ports: readonly PortSpec[],
  taken: Set<number>,
  seed: string,
): PortBinding[] | null {
  if (taken.size + ports.length > HOST_PORT_COUNT) return null;
  if (ports.length === 0) return [];
  let next = hash32(seed) % HOST_PORT_COUNT;
  return ports.map((port) => {
    while (taken.has(FIRST_HOST_PORT + next)) next = (next + 1) % HOST_PORT_COUNT;
    const host = FIRST_HOST_PORT + next;
    taken.add(host);
    return { name: port.name, container: port.container, protocol: port.protocol, host };
  });
}

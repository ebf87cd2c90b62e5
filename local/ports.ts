/** Which of a cloud's ports somebody else has: asked before anything is started, because a late "in use" says less. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { CloudPlan } from './plan.ts';

export interface TakenPort {
  /** What the cloud wants it for, as in `CloudPorts`. */
  readonly service: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** The plan's loopback ports that cannot be listened on. The bridge's address is the cloud's own, so free by itself. */
export async function takenPorts(plan: CloudPlan): Promise<TakenPort[]> {
  const wanted: TakenPort[] = Object.entries(plan.ports as unknown as Record<string, number>).map(
    ([service, port]) => ({ service, port, protocol: 'tcp' }),
  );
  wanted.push({ service: 'dns', port: plan.ports.dns, protocol: 'udp' });
  const taken = await Promise.all(wanted.map(isTaken));
  return wanted.filter((_, index) => taken[index]);
}

/** @throws Error that names every taken port, what it was wanted for, and how to see who has it. */
export async function assertPortsFree(plan: CloudPlan): Promise<void> {
  const taken = await takenPorts(plan);
  if (taken.length === 0) return;
  const list = taken.map(({ service, port, protocol }) => `${port}/${protocol} (${service})`).join(', ');
  throw new Error(
    `ports that the local cloud needs on 127.0.0.1 are taken: ${list}. ` +
      `See who has them with: ss -lntup | grep -E ':(${taken.map(({ port }) => port).join('|')}) '`,
  );
}

function isTaken({ port, protocol }: TakenPort): Promise<boolean> {
  return new Promise((resolve) => {
    if (protocol === 'udp') {
      const socket = createSocket('udp4');
      socket.once('error', () => resolve(true));
      socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(false)));
    } else {
      const server = createServer();
      server.once('error', () => resolve(true));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(false)));
    }
  });
}

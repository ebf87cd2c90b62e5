/** One TCP connection: accepted is passed. Nothing is sent or read. When `signal` aborts first, it does not settle. */
import { connect } from 'node:net';
import type { ProbeOutcome } from '../probe-state.ts';
import { faultOf } from './fault.ts';

export function probeTcp(
  { address, port }: { readonly address: string; readonly port: number },
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (outcome: ProbeOutcome): void => {
      resolve(outcome);
      socket.destroy();
    };
    socket.once('connect', () => end({ kind: 'passed' }));
    socket.on('error', (error) => end(faultOf(error, port)));
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
  });
}

/** Bugs to plant between the provision loop and EC2. None of them is in the product. */
import type { Host } from '../../../functions/core/model/host.ts';
import type { HostLauncher } from '../../../functions/usecases/ports.ts';

export type LaunchBug = (port: HostLauncher, rows: () => Promise<readonly Host[]>) => HostLauncher;

export const BUGS = {
  'no client token': (port) => {
    let calls = 0;
    return {
      ...port,
      launch: (parameters) =>
        port.launch({ ...parameters, clientToken: `${parameters.batch}-${(calls += 1)}` }),
    };
  },
  'a new token where the outcome is not known': (port) => ({
    ...port,
    launch: async (parameters) => {
      const outcome = await port.launch(parameters);
      return outcome.kind === 'unknown' ? { ...outcome, kind: 'token-spent' } : outcome;
    },
  }),
  // What no living row names is never terminated.
  'no collection': (port, rows) => ({
    ...port,
    terminate: async (instanceId) => {
      const isKnown = (await rows()).some(
        (host) => host.instanceId === instanceId && host.state !== 'terminated',
      );
      return isKnown ? port.terminate(instanceId) : true;
    },
  }),
} as const satisfies Readonly<Record<string, LaunchBug>>;

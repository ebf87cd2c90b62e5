/** Hosts that die or are cut off, at default timings, on a local cloud of their own: minutes of real time each. */
import { cutOffCases, hostLossCases, massLossCase } from '../e2e/cases/host-loss.ts';
import { oneCloud } from '../e2e/support/one-cloud.ts';

const cloud = oneCloud('soak-hosts');

hostLossCases(cloud, {
  cases: [
    { of: 3, die: 1 },
    { of: 5, die: 2 },
  ],
});
cutOffCases(cloud, 120);
// Last: it leaves dead hosts behind that EC2 calls running.
massLossCase(cloud, 300);

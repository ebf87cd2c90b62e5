/** Replicas that follow their load, and hosts that follow the replicas: minutes of real time, on a local cloud of their own. */
import { autoscaleCases } from '../e2e/cases/autoscale.ts';
import { oneCloud } from '../e2e/support/one-cloud.ts';

const TTL_S = 10;

autoscaleCases(oneCloud('soak-load', { dnsTtlSeconds: TTL_S }), {
  ttlS: TTL_S,
  windowS: 60,
  stabilizationS: 90,
  spikeS: 30,
  surplusAfterMs: 60_000,
  max: 4,
  perHost: 3,
  hot: true,
});

/** Replicas that follow their load, on a cloud of their own: their load is nobody else's. Beside cloud.test.ts. */
import { autoscaleCases } from './cases/autoscale.ts';
import { oneCloud } from './support/one-cloud.ts';

const TTL_S = 3;

// Shorter than the default times, and one replica a host: the first that is added brings a host. The soak takes its time.
autoscaleCases(oneCloud('load', { dnsTtlSeconds: TTL_S, beatMs: 5_000 }), {
  ttlS: TTL_S,
  windowS: 15,
  stabilizationS: 15,
  spikeS: 6,
  surplusAfterMs: 10_000,
  max: 2,
  perHost: 1,
  hot: false,
});

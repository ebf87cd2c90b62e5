/** Replicas that follow their load, on a cloud of their own: their load is nobody else's. Beside cloud.test.ts. */
import { autoscaleCases } from './cases/autoscale.ts';
import { oneCloud } from './support/one-cloud.ts';

const TTL_S = 5;

autoscaleCases(oneCloud('load', { dnsTtlSeconds: TTL_S, beatMs: 15_000 }), TTL_S);

/**
 * The product as users run it: the command line against a deployed control plane, real hosts, real Docker, real DNS answers.
 *
 * Each file of cases/ registers its own `describe`; they run in order, one after the other, and each has the stacks that
 * it made removed. No host exists at the beginning. Cases that freeze or kill parts for long are in test/soak/parts.test.ts.
 * Two files beside this one have a cloud of their own, so that they run side by side: hosts.test.ts has the cases that change
 * hosts, other-hands.test.ts those whose calls are not the product's own; what has no need of either is where there is time.
 */
import { agentCases } from './cases/agent.ts';
import { deployCases } from './cases/deploy.ts';
import { doorbellCases } from './cases/doorbell.ts';
import { drainHostCases } from './cases/drain-host.ts';
import { drainCases } from './cases/drain.ts';
import { healthCases } from './cases/health.ts';
import { oneCloud } from './support/one-cloud.ts';

/** A third of the default, which the soak keeps: every replica that leaves waits for it. */
const TTL_S = 3;

/** Hosts beat as in a small cluster, however many there are: a lost one is known by its missed beats. */
const BEAT_MS = 15_000;

const cloud = oneCloud('e2e', { dnsTtlSeconds: TTL_S, beatMs: BEAT_MS });

deployCases(cloud);
doorbellCases(cloud);
drainCases(cloud, TTL_S); // what rang is gone when it is over, which the next waits for
agentCases(cloud);
healthCases(cloud);
drainHostCases(cloud, TTL_S);

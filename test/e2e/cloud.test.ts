/**
 * The whole product on one local cloud: the real app deployed into it, real hosts, real Docker, real DNS answers.
 *
 * Each file of cases/ registers its own `describe`; they run in order, one after the other, and each removes the stacks
 * that it made. No host exists at the beginning. Cases that freeze or kill parts for long are in test/soak/parts.test.ts;
 * those whose calls are not the product's own are in other-hands.test.ts, those about containers in containers.test.ts,
 * beside this file.
 */
import { agentCases } from './cases/agent.ts';
import { badInputCases } from './cases/bad-input.ts';
import { doorbellCases } from './cases/doorbell.ts';
import { deployCases } from './cases/deploy.ts';
import { drainCases } from './cases/drain.ts';
import { drainHostCases } from './cases/drain-host.ts';
import { forgetCases } from './cases/forget.ts';
import { hostLossCases } from './cases/host-loss.ts';
import { hostCases } from './cases/hosts.ts';
import { noticeCases } from './cases/notice.ts';
import { securityCases } from './cases/security.ts';
import { recordCalls } from './support/grants/record-calls.ts';
import { oneCloud } from './support/one-cloud.ts';

/** Half of the default, which the soak keeps: every replica that leaves waits for it. */
const TTL_S = 5;

/** Hosts beat as in a small cluster, however many there are: a lost one is known by its missed beats. */
const BEAT_MS = 15_000;

const cloud = oneCloud('e2e', { dnsTtlSeconds: TTL_S, beatMs: BEAT_MS });
const recorder = recordCalls(cloud);

deployCases(cloud);
doorbellCases(cloud);
drainCases(cloud, TTL_S);
drainHostCases(cloud, TTL_S);
agentCases(cloud);
hostCases(cloud);
noticeCases(cloud);
forgetCases(cloud);
badInputCases(cloud);
// The time in which a suspect or lost host may come back is waited for in the soak.
hostLossCases(cloud, {
  cases: [{ of: 2, die: 1 }],
  settings: { lostAfterMs: 5000, terminateLostAfterMs: 1000 },
});
securityCases(cloud, recorder); // it looks back at the calls of all others

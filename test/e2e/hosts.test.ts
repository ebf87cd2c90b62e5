/**
 * Hosts that come, go, are taken and are lost, and what nobody may do, on a cloud of its own. Beside cloud.test.ts.
 *
 * Security comes last: it sets the calls of all cases here against what the roles grant. These cases use every grant that
 * cases use at all; what other files call with the same roles is refused by the same policies.
 */
import { badInputCases } from './cases/bad-input.ts';
import { composeCases } from './cases/compose.ts';
import { forgetCases } from './cases/forget.ts';
import { hostLossCases } from './cases/host-loss.ts';
import { hostCases } from './cases/hosts.ts';
import { noticeCases } from './cases/notice.ts';
import { securityCases } from './cases/security.ts';
import { recordCalls } from './support/grants/record-calls.ts';
import { oneCloud } from './support/one-cloud.ts';

/** A third of the default, which the soak keeps: every replica that leaves waits for it. */
const TTL_S = 3;

/** A third of a small cluster's: hosts are told their neighbours with it, and a lost one is known by missed beats. */
const BEAT_MS = 5_000;

const cloud = oneCloud('hosts', { dnsTtlSeconds: TTL_S, beatMs: BEAT_MS });
const recorder = recordCalls(cloud);

noticeCases(cloud); // brings the first hosts
hostCases(cloud);
forgetCases(cloud);
badInputCases(cloud);
// The time in which a suspect or lost host may come back is waited for in the soak.
hostLossCases(cloud, {
  cases: [{ of: 2, die: 1 }],
  settings: { lostAfterMs: 5000, terminateLostAfterMs: 1000 },
});
composeCases(cloud);
securityCases(cloud, recorder); // it looks back at the calls of all others

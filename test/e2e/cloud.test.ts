/**
 * The whole product on one local cloud: the real app deployed into it, real hosts, real Docker, real DNS answers.
 *
 * One cloud for all cases, as its start takes half a minute. Each file of cases/ registers its own `describe`; they run in
 * the order below, one after the other, and each removes the stacks that it made (but for the shop, which stays: there is always
 * something that must not be disturbed). No host exists at the beginning.
 */
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { claimFreeIndex, release } from '../../local/claim.ts';
import { startCloud } from '../../local/cloud.ts';
import type { Cloud } from '../../local/cloud.ts';
import type { CloudPlan } from '../../local/plan.ts';
import { silent } from '../../local/progress.ts';
import { agentCases } from './cases/agent.ts';
import { deployCases } from './cases/deploy.ts';
import { drainCases } from './cases/drain.ts';
import { healthCases } from './cases/health.ts';
import { publishTestImages } from './support/images.ts';

/** Agents poll each second (the local cloud's own setting); everything else is as on AWS. */
const SETTINGS = {};

let plan: CloudPlan | undefined;
let running: Cloud | undefined;

function cloud(): Cloud {
  if (running === undefined) throw new Error('the cloud did not start');
  return running;
}

beforeAll(async () => {
  plan = await claimFreeIndex('e2e', join(import.meta.dirname, '../..'));
  running = await startCloud(plan, silent, { settings: SETTINGS });
  await publishTestImages(running);
}, 600_000);

afterAll(async () => {
  await running?.close();
  if (plan !== undefined) release(plan);
}, 60_000);

deployCases(cloud);
healthCases(cloud);
agentCases(cloud);
drainCases(cloud);

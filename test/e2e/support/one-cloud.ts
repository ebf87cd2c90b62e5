/** One local cloud for a whole test file: started before its first case, removed after its last. */
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { ClusterSettings } from '../../../contract/http-api.ts';
import { claimFreeIndex, release } from '../../../local/claim.ts';
import { startCloud } from '../../../local/cloud.ts';
import type { Cloud } from '../../../local/cloud.ts';
import type { CloudPlan } from '../../../local/plan.ts';
import { silent } from '../../../local/progress.ts';
import { publishTestImages } from './images.ts';

/** Agents poll each second (the local cloud's own setting); everything else is as on AWS, but for `settings`. */
export function oneCloud(name: string, settings: Partial<ClusterSettings> = {}): () => Cloud {
  let plan: CloudPlan | undefined;
  let running: Cloud | undefined;

  beforeAll(async () => {
    plan = await claimFreeIndex(name, join(import.meta.dirname, '../../..'));
    running = await startCloud(plan, silent, { settings });
    await publishTestImages(running);
  }, 1_200_000);

  afterAll(async () => {
    await running?.close();
    if (plan !== undefined) release(plan);
  }, 120_000);

  return () => {
    if (running === undefined) throw new Error('the cloud did not start');
    return running;
  };
}

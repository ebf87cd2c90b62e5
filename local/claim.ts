/**
 * Claims on indices: a cloud's ports, bridge and subnet belong to the machine, not to one clone of the project, so
 * who uses which index is noted in /run/berth, with name and project, for clean-up from anywhere.
 */
import { rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cleanUp } from './clean-up.ts';
import { livingHolder, readHolder, tryLock } from './lock.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { takenPorts } from './ports.ts';
import { CLOUD_INDICES, planCloud } from './plan.ts';
import type { CloudPlan } from './plan.ts';

const FOLDER = '/run/berth';
const claimFile = (index: number): string => join(FOLDER, String(index));

/** Another living process has the index. */
export class IndexTaken extends Error {
  override readonly name = 'IndexTaken';
}

/**
 * Claims the plan's index for this process; claiming what it has already is no error.
 * @returns the cloud that a dead process left under this index, to be cleaned up first.
 * @throws IndexTaken
 */
export function claim(plan: CloudPlan): CloudPlan | undefined {
  const file = claimFile(plan.index);
  const before = readHolder(file);
  const about = JSON.stringify({ name: plan.name, project: plan.paths.project });
  if (tryLock(file, about) !== undefined)
    return before === undefined ? undefined : plannedBy(plan.index, before.about);
  const holder = livingHolder(file);
  if (holder?.pid === process.pid) return undefined;
  const other = plannedBy(plan.index, holder?.about ?? about);
  throw new IndexTaken(
    `the local cloud "${other.name}" of ${other.paths.project} is running (pid ${String(holder?.pid)}): ` +
      `stop it there with npm stop`,
  );
}

/**
 * Claims the first index from 1 to 15 that nobody has and whose ports are free (0 is `npm start`'s), for tests. What
 * a killed cloud left there is cleaned up first.
 * @throws IndexTaken when there is none.
 */
export async function claimFreeIndex(name: string, project: string): Promise<CloudPlan> {
  for (let index = 1; index < CLOUD_INDICES; index++) {
    const plan = planCloud(`${name}-${String(index)}`, index, project);
    if (livingHolder(claimFile(index)) !== undefined) continue;
    try {
      const left = claim(plan);
      if (left !== undefined) await cleanUp(left);
      if ((await takenPorts(plan)).length === 0) return plan;
      release(plan);
    } catch (error) {
      if (!(error instanceof IndexTaken)) throw error; // somebody was faster: the next index then
    }
  }
  throw new IndexTaken('all of the 15 indices for tests are taken');
}

/** The living process that runs this cloud. */
export function whoRuns(plan: CloudPlan): ProcessIdentity | undefined {
  const holder = livingHolder(claimFile(plan.index));
  if (holder === undefined) return undefined;
  const other = plannedBy(plan.index, holder.about);
  return other.name === plan.name && other.paths.project === plan.paths.project ? holder : undefined;
}

/** Gives the index back. Giving back what another process holds does nothing. */
export function release(plan: CloudPlan): void {
  const file = claimFile(plan.index);
  const holder = livingHolder(file);
  if (holder !== undefined && holder.pid !== process.pid) return;
  rmSync(file, { force: true });
  try {
    rmdirSync(dirname(file));
  } catch {
    // other clouds run
  }
}

function plannedBy(index: number, about: string): CloudPlan {
  const { name, project } = JSON.parse(about) as { name: string; project: string };
  return planCloud(name, index, project);
}

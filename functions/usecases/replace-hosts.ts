/** Looks the launch templates up now and then, and replaces hosts of older versions one at a time. */
import type { ClusterPlan } from '../core/decide-cluster.ts';
import { isOutdated, replaceOutdated } from '../core/hosts/replace-outdated.ts';
import type { TemplateVersion } from '../core/model/offering.ts';
import { poolNamed } from '../core/model/pool.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { readCatalog, writeBatch } from './ask-for-hosts.ts';
import type { LaunchDeps } from './launch-hosts.ts';
import { save } from './provision-session.ts';

/** A new version comes with a deploy of the stack: it may wait so long. */
export const LOOK_UP_EVERY_MS = 600_000;

/** True when an intent was written: then the next pass launches it. */
export async function replaceHosts(
  deps: LaunchDeps,
  snapshot: Snapshot,
  { unplaced }: Pick<ClusterPlan, 'unplaced'>,
): Promise<boolean> {
  if (snapshot.settings.outdatedHosts === 'keep' || snapshot.hosts.length === 0) return false;
  await lookUp(deps, snapshot);
  const now = { ...snapshot, offerings: deps.memory.now() };
  if (!now.hosts.some(({ host }) => isOutdated(host, now))) return false;
  const { batch, drained, decisions } = replaceOutdated(now, {
    catalog: await readCatalog(deps, snapshot),
    waiting: unplaced.length > 0,
    nowMs: deps.clock.nowMs(),
  });
  if (drained !== null && (await save(deps, drained, decisions[0] ?? null)))
    await deps.wakes.reconcile('an outdated host is replaced');
  if (batch !== null) await writeBatch(deps, batch);
  return batch !== null;
}

/** Of the architectures that hosts have, with the groups of their pools; of groups that were not deployed there is none. */
async function lookUp(deps: LaunchDeps, { hosts, settings }: Snapshot): Promise<void> {
  const nowMs = deps.clock.nowMs();
  if (nowMs - deps.memory.now().templatesAtMs < LOOK_UP_EVERY_MS) return;
  const kinds = new Map(
    hosts.map(({ host: { launch, pool } }) => {
      const securityGroups = poolNamed(settings, pool)?.securityGroups;
      const { architecture } = launch;
      return [`${architecture}/${securityGroups ?? ''}`, { architecture, securityGroups }];
    }),
  );
  const templates: TemplateVersion[] = [];
  for (const { architecture, securityGroups } of kinds.values()) {
    if (securityGroups !== undefined && !deps.launcher.securityGroups.includes(securityGroups)) continue;
    const { launchTemplateId, launchTemplateVersion: version } = await deps.launcher.launchTemplate(
      architecture,
      securityGroups,
    );
    const kind = securityGroups === undefined ? { architecture } : { architecture, securityGroups };
    templates.push({ ...kind, launchTemplateId, version });
  }
  await deps.memory.change((memory) => ({ ...memory, templates, templatesAtMs: nowMs }));
}

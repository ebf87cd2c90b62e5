/** Looks the launch templates up now and then, and replaces hosts of older versions one at a time. */
import type { ClusterPlan } from '../core/decide-cluster.ts';
import { replaceOutdated } from '../core/hosts/replace-outdated.ts';
import type { TemplateVersion } from '../core/model/offering.ts';
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
  const { templates } = deps.memory.now();
  const isAny = snapshot.hosts.some(({ host }) =>
    templates.some(
      (one) =>
        one.launchTemplateId === host.launch.launchTemplateId &&
        one.version !== host.launch.launchTemplateVersion,
    ),
  );
  if (!isAny) return false;
  const { batch, drained, decisions } = replaceOutdated(
    { ...snapshot, offerings: deps.memory.now() },
    { catalog: await readCatalog(deps, snapshot), waiting: unplaced.length > 0, nowMs: deps.clock.nowMs() },
  );
  if (drained !== null && (await save(deps, drained, decisions[0] ?? null)))
    await deps.wakes.reconcile('an outdated host is replaced');
  if (batch !== null) await writeBatch(deps, batch);
  return batch !== null;
}

/** Of the architectures that hosts have. */
async function lookUp(deps: LaunchDeps, { hosts }: Snapshot): Promise<void> {
  const nowMs = deps.clock.nowMs();
  if (nowMs - deps.memory.now().templatesAtMs < LOOK_UP_EVERY_MS) return;
  const architectures = new Set(hosts.map(({ host }) => host.launch.architecture));
  const templates: TemplateVersion[] = [];
  for (const architecture of architectures) {
    const { launchTemplateId, launchTemplateVersion } = await deps.launcher.launchTemplate(architecture);
    templates.push({ launchTemplateId, version: launchTemplateVersion });
  }
  await deps.memory.change((memory) => ({ ...memory, templates, templatesAtMs: nowMs }));
}

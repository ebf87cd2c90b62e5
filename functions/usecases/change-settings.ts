/** The cluster's settings: read, and changed in part. A change wakes the loops, since room or clocks may differ. */
import type { ClusterSettings } from '../core/model/cluster.ts';
import { withShortForm } from '../core/model/pool.ts';
import type { Clock, ClusterStore, DecisionLog, Ids, StoredCluster, Wakes } from './ports.ts';
import { tellSettings } from './tell-settings.ts';

export interface SettingsDeps {
  readonly cluster: ClusterStore;
  readonly decisions: DecisionLog;
  readonly wakes: Pick<Wakes, 'reconcile'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Absent keys keep their value. */
export type SettingsPatch = {
  readonly [Key in Exclude<keyof ClusterSettings, 'pools'>]?: ClusterSettings[Key] | undefined;
};

export function changeSettings(
  deps: SettingsDeps,
): (input: { readonly patch: SettingsPatch; readonly by: string }) => Promise<ClusterSettings> {
  return async ({ patch, by }) => {
    const { settings, change, version } = await deps.cluster.load();
    const given = Object.entries(patch).filter(([, value]) => value !== undefined);
    // The default pool has a long form too, which follows.
    const changed = { ...settings, ...Object.fromEntries(given), pool: settings.pool };
    const next = patch.pool === undefined ? changed : withShortForm(changed, patch.pool);
    const message = `${given.map(([key, value]) => `${key} = ${JSON.stringify(value)}`).join(', ')}, by ${by}`;
    await storeSettings(deps, { settings, change, version }, next, message);
    return next;
  };
}

/** Stores what follows on `before`, with its audit row, and wakes the loops. @throws ConflictError when it was changed */
export async function storeSettings(
  deps: SettingsDeps,
  before: StoredCluster,
  next: ClusterSettings,
  message: string,
): Promise<void> {
  const made = { number: (before.change?.number ?? 0) + 1, atMs: deps.clock.nowMs(), message };
  await tellSettings(deps, before.change);
  await deps.cluster.put(next, made, before.version);
  await tellSettings(deps, made);
  await deps.wakes.reconcile('settings changed');
}

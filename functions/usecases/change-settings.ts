/** The cluster's settings: read, and changed in part. A change wakes the loops, since room or clocks may differ. */
import type { ClusterSettings } from '../core/model/cluster.ts';
import { withShortForm } from '../core/model/pool.ts';
import type { Clock, ClusterStore, DecisionLog, Ids, Wakes } from './ports.ts';
import { recordDecisions } from './record-decisions.ts';

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
    const { settings, version } = await deps.cluster.load();
    const given = Object.entries(patch).filter(([, value]) => value !== undefined);
    // The default pool has a long form too, which follows.
    const changed = { ...settings, ...Object.fromEntries(given), pool: settings.pool };
    const next = patch.pool === undefined ? changed : withShortForm(changed, patch.pool);
    await deps.cluster.put(next, version);
    const message = `${given.map(([key, value]) => `${key} = ${JSON.stringify(value)}`).join(', ')}, by ${by}`;
    await recordDecisions(deps, 'api', [
      { code: 'settings-changed', subject: 'cluster', stack: null, message, audit: true },
    ]);
    await deps.wakes.reconcile('settings changed');
    return next;
  };
}

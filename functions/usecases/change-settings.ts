/** The cluster's settings: read, and changed in part. A change wakes the loops, since room or clocks may differ. */
import type { ClusterSettings } from '../core/model/cluster.ts';
import type { Clock, ClusterStore, DecisionLog, Ids, Wakes } from './ports.ts';
import { tellSettings } from './tell-settings.ts';

export interface SettingsDeps {
  readonly cluster: ClusterStore;
  readonly decisions: DecisionLog;
  readonly wakes: Pick<Wakes, 'reconcile'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Absent keys keep their value. */
export type SettingsPatch = { readonly [Key in keyof ClusterSettings]?: ClusterSettings[Key] | undefined };

export function changeSettings(
  deps: SettingsDeps,
): (input: { readonly patch: SettingsPatch; readonly by: string }) => Promise<ClusterSettings> {
  return async ({ patch, by }) => {
    const { settings, change, version } = await deps.cluster.load();
    const given = Object.entries(patch).filter(([, value]) => value !== undefined);
    const next = { ...settings, ...Object.fromEntries(given) };
    const message = `${given.map(([key, value]) => `${key} = ${JSON.stringify(value)}`).join(', ')}, by ${by}`;
    const made = { number: (change?.number ?? 0) + 1, atMs: deps.clock.nowMs(), message };
    await tellSettings(deps, change);
    await deps.cluster.put(next, made, version);
    await tellSettings(deps, made);
    await deps.wakes.reconcile('settings changed');
    return next;
  };
}

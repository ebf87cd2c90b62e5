/** The audit row of a change of the cluster's settings: one for each, whoever is killed in between (`audit-rows.ts`). */
import type { SettingsChange } from '../core/model/cluster.ts';
import { auditId, type AuditDeps } from './audit-rows.ts';
import type { Ids, StoredDecision } from './ports.ts';

export const tellSettings = async (deps: AuditDeps, change: SettingsChange | null): Promise<void> =>
  deps.decisions.append(settingsRows(deps.ids, change));

/** None for settings that nobody ever changed. */
export function settingsRows(ids: Pick<Ids, 'digest'>, change: SettingsChange | null): StoredDecision[] {
  if (change === null) return [];
  const { number, atMs, message } = change;
  return [
    {
      id: auditId(ids, atMs, `settings ${number} ${atMs}`),
      atMs,
      by: 'api',
      code: 'settings-changed',
      subject: 'cluster',
      stack: null,
      message,
      audit: true,
    },
  ];
}

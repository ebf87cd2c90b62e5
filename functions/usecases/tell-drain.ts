/** The audit row of a change of a host's drain: one for each, whoever is killed in between (`audit-rows.ts`). */
import type { Host } from '../core/model/host.ts';
import { auditId, type AuditDeps } from './audit-rows.ts';
import type { Ids, StoredDecision } from './ports.ts';

export const tellDrain = async (deps: AuditDeps, host: Host): Promise<void> =>
  deps.decisions.append(drainRows(deps.ids, host));

/** None for a host that nobody ever drained. */
export function drainRows(
  ids: Pick<Ids, 'digest'>,
  { id, drainChange }: Pick<Host, 'id' | 'drainChange'>,
): StoredDecision[] {
  if (drainChange === null) return [];
  const { number, atMs, by, code, message } = drainChange;
  return [
    {
      id: auditId(ids, atMs, `drain ${id} ${number} ${atMs}`),
      atMs,
      by,
      code,
      subject: id,
      stack: null,
      message,
      audit: true,
    },
  ];
}

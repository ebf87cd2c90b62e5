/** The audit row of a change of a stack's head: one for each, whoever is killed in between (`audit-rows.ts`). */
import type { StackHead } from '../core/model/stack.ts';
import { auditId, type AuditDeps } from './audit-rows.ts';
import type { Ids, StoredDecision } from './ports.ts';

/** `head` as it is stored, with the version that it has there. */
export const tellHead = async (deps: AuditDeps, head: StackHead): Promise<void> =>
  deps.decisions.append([headRow(deps.ids, head)]);

export function headRow(ids: Pick<Ids, 'digest'>, head: StackHead): StoredDecision {
  const { name, version, updatedAtMs, updatedBy } = head;
  const isWanted = head.wanted === 'present';
  return {
    id: auditId(ids, updatedAtMs, `head ${name} ${version} ${updatedAtMs}`),
    atMs: updatedAtMs,
    by: 'api',
    code: isWanted ? 'stack-accepted' : 'stack-removing',
    subject: name,
    stack: name,
    message: isWanted
      ? `revision ${head.revision} of ${name} is wanted, by ${updatedBy}`
      : `${name} shall go, by ${updatedBy}`,
    audit: true,
  };
}

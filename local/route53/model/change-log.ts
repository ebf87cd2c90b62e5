/** The changes that GetChange can be asked about. */
import { Route53Error } from './errors.ts';
import { CHANGES_KEPT } from './limits.ts';

export interface ChangeInfo {
  readonly id: string;
  readonly status: 'PENDING' | 'INSYNC';
  readonly submittedAtMs: number;
  readonly comment?: string;
}

export interface ChangeLog {
  /** Notes a change that was made now. */
  add(insyncAtMs: number, comment: string | undefined): ChangeInfo;
  /** @throws Route53Error NoSuchChange, also for one of which `CHANGES_KEPT` later ones are known. */
  get(id: string): ChangeInfo;
}

export function createChangeLog(now: () => number): ChangeLog {
  const known = new Map<string, Omit<ChangeInfo, 'status'> & { readonly insyncAtMs: number }>();
  let made = 0;
  const get = (id: string): ChangeInfo => {
    const change = known.get(id);
    if (change === undefined)
      throw new Route53Error('NoSuchChange', `A change with the ID ${id} does not exist.`, 404);
    const { insyncAtMs, ...info } = change;
    return { ...info, status: insyncAtMs <= now() ? 'INSYNC' : 'PENDING' };
  };
  return {
    add(insyncAtMs, comment) {
      made += 1;
      const id = `C${made.toString(36).toUpperCase().padStart(13, '0')}`;
      known.set(id, { id, submittedAtMs: now(), ...(comment === undefined ? {} : { comment }), insyncAtMs });
      for (const oldest of known.keys()) {
        if (known.size <= CHANGES_KEPT) break;
        known.delete(oldest);
      }
      return get(id);
    },
    get,
  };
}

/** Rows of what is long gone go too, in the real table with the roles' real grants: time is put back, not waited for. */
import { describe, expect, it } from '@jest/globals';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { runLoop } from '../support/launches.ts';
import { hostViews } from '../support/stacks.ts';
import { backdate, lastingRows } from '../support/table.ts';

interface NameRow {
  readonly records: readonly unknown[];
  readonly tasks: Readonly<Record<string, { readonly outAtMs?: number }>>;
}

const NAME_KEY = /^DNS (NAME#[^ ]+\.[^ ]+)$/;

/** After cases that have left a terminated host and a removed stack behind. */
export function forgetCases(cloud: () => Cloud): void {
  describe('what is long gone is forgotten:', () => {
    it('a terminated host', async () => {
      const host = (await hostViews(cloud())).find(({ state }) => state === 'terminated')?.host ?? '';
      const rows = async () =>
        Object.keys(await lastingRows(cloud())).filter((key) => key.endsWith(`#${host}`));
      expect(await rows()).toContain(`HOSTS#0 META#${host}`);
      const gone = async (): Promise<true | undefined> => {
        if ((await rows()).length === 0) return true;
        await tryBackdate(cloud(), { pk: 'HOSTS#0', sk: `META#${host}` }, 'retryAtMs');
        await runLoop(cloud(), 'Provision');
        return undefined;
      };
      await waitUntil(gone, { what: `the rows of ${host} to go`, timeoutMs: 60_000, everyMs: 500 });
      expect((await hostViews(cloud())).map((each) => each.host)).not.toContain(host);
    }, 120_000);

    it('a service whose stack is removed', async () => {
      const sk = await waitUntil(() => goneName(cloud()), {
        what: 'a service out of DNS',
        timeoutMs: 60_000,
        everyMs: 500,
      });
      const gone = async (): Promise<true | undefined> => {
        const row = (await lastingRows(cloud()))[`DNS ${sk}`];
        if (row === undefined) return true;
        for (const task of Object.keys((JSON.parse(row) as NameRow).tasks))
          await tryBackdate(cloud(), { pk: 'DNS', sk }, 'tasks', task, 'outAtMs');
        await runLoop(cloud(), 'Register');
        return undefined;
      };
      await waitUntil(gone, { what: `the row ${sk} to go`, timeoutMs: 60_000, everyMs: 500 });
    }, 120_000);
  });
}

/** A pass that is under way may write the row as it had read it, or take it away: so this is done until it has had its effect. */
async function tryBackdate(...[cloud, key, ...path]: Parameters<typeof backdate>): Promise<void> {
  try {
    await backdate(cloud, key, ...path);
  } catch (error) {
    if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
  }
}

/** A service's row in the directory with nothing left but tasks whose last answer is over. */
async function goneName(cloud: Cloud): Promise<string | undefined> {
  const names = Object.entries(await lastingRows(cloud)).flatMap(([key, row]) => {
    const sk = NAME_KEY.exec(key)?.[1];
    return sk === undefined ? [] : [{ sk, ...(JSON.parse(row) as NameRow) }];
  });
  const isGone = ({ records, tasks }: NameRow): boolean =>
    records.length === 0 && Object.values(tasks).every(({ outAtMs = Infinity }) => outAtMs < Date.now());
  return names.find(isGone)?.sk;
}

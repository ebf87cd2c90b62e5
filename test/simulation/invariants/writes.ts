/** I16, I19, I22, I23, I35, and that use-cases throw nothing that no port gave them ("O2"). */
import type { DirectoryName } from '../../../functions/core/model/directory.ts';
import { CANARY } from '../plan/workload.ts';
import type { Watcher } from '../world/watch.ts';
import type { Judge } from './invariants.ts';

export function writeInvariants({ world, check, isQuiet }: Judge): Watcher {
  const write = (kind: string, key: string): void => {
    if (isQuiet()) check('I35', false, () => `${kind} ${key} changed, though nothing was to be done`);
  };

  return {
    write: (method, expected) => {
      const isVersion = typeof expected === 'number' && Number.isInteger(expected) && expected >= 0;
      check('I19', isVersion, () => `${method} named no version: ${String(expected)}`);
    },
    head: (_row, _before, key) => write('the head of', key),
    service: (_row, _before, key) => write('the service', key),
    host: (row, before, key) => {
      // A row that was kept to explain itself is forgotten when its time is over.
      if (row !== null || before?.state !== 'terminated') write('the host', key);
    },
    manifest: (row, before, key) => {
      const isForgotten = row === null;
      if (isForgotten) return;
      write('the manifest of', key);
      const last = before?.generation ?? -1;
      const follows = before === null || row.generation === last + 1;
      check('I22', follows, () => `the manifest of ${key} went from generation ${last} to ${row.generation}`);
    },
    report: (row, _before, key) => {
      if (row !== null) write('the report of', key);
    },
    directoryHead: () => write('the directory', 'head'),
    directoryName: (row, before, key) => {
      if (!onlyForgets(row, before)) write('the directory', key);
    },
    zone: () => {
      if (isQuiet()) check('I35', false, () => 'the zone changed, though nothing was to be done');
    },
    decision: ({ message, code }) =>
      check('I23', !message.includes(CANARY), () => `${code} tells a secret: ${message}`),
    strange: (where, error) => {
      check(
        'O2',
        false,
        () => `${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    },
    minute: () => {
      const { accepted, done, waiting, flying, dead } = world.controlPlane.queues.counts;
      const known = done + waiting + flying + dead;
      check(
        'I16',
        accepted === known,
        () => `${accepted} messages were accepted, ${known} are accounted for`,
      );
      check('O2', true, () => '');
    },
    converged: () => check('I35', true, () => ''),
  };
}

/** Tasks that left long ago are dropped from a name; nothing else of it changes. */
function onlyForgets(row: DirectoryName | null, before: DirectoryName | null): boolean {
  const kept = row?.tasks ?? {};
  const known = before?.tasks ?? {};
  const sorted = (name: DirectoryName | null): string =>
    (name?.records ?? [])
      .map((record) => JSON.stringify(record))
      .sort()
      .join();
  const sameRecords = sorted(row) === sorted(before);
  return (
    sameRecords &&
    Object.entries(kept).every(([task, entry]) => JSON.stringify(known[task]) === JSON.stringify(entry))
  );
}

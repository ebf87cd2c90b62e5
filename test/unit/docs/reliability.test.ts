/** docs/reliability.md keeps what it says: every row is there once, and every test it names exists under that title. */
import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');

const STATES = ['held', 'partly', 'later', 'no case', 'not here'];
/** Of the fault list, the surfaces of bad input, and the invariants. */
const [FAULTS, SURFACES, INVARIANTS] = [44, 20, 38];

interface Row {
  readonly name: string;
  readonly state: string;
  readonly shownBy: string;
}

/** Rows of the table below that heading; the last two columns are state and tests. */
function rowsBelow(heading: string): Row[] {
  const [, rest = ''] = PAGE.split(`\n## ${heading}\n`);
  const [section = ''] = rest.split('\n## ');
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) => {
    const cells = line.split('|').slice(1, -1);
    return {
      name: cells[0]?.trim() ?? '',
      state: cells.at(-2)?.trim() ?? '',
      shownBy: cells.at(-1)?.trim() ?? '',
    };
  });
}

const named = (row: Row) =>
  [...row.shownBy.matchAll(/`(test\/[^`]+)` "([^"]+)"/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));
const rows = ['Faults', 'Bad inputs', 'Invariants', 'A hostile container'].flatMap(rowsBelow);

describe('docs/reliability.md', () => {
  it('has every fault, surface and invariant once', () => {
    const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
    expect(rowsBelow('Faults').map(({ name }) => name)).toEqual(upTo(FAULTS).map(String));
    expect(rowsBelow('Invariants').map(({ name }) => name)).toEqual(upTo(INVARIANTS).map((n) => `I${n}`));
    expect(new Set(rowsBelow('Bad inputs').map(({ name }) => name)).size).toBe(SURFACES);
  });

  it.each(rows.map((row) => [row.name, row] as const))(
    '%s has a state, and tests to show for it',
    (_, row) => {
      const [state = ''] = row.state.split(':');
      expect(STATES).toContain(state);
      if (state === 'partly') expect(row.state).toMatch(/^partly: .{10}/);
      if (state === 'held' || state === 'partly') expect(named(row).length).toBeGreaterThan(0);
      expect(row.shownBy.split('; ').filter((one) => one !== '')).toHaveLength(named(row).length);
    },
  );

  it.each(rows.flatMap(named).map(({ file, title }) => [file, title]))('%s has "%s"', (file, title) => {
    expect(existsSync(join(ROOT, file))).toBe(true);
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(title);
  });
});

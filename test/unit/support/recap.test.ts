import { describe, expect, it } from '@jest/globals';
import { recapOf } from '../../support/recap.ts';

const failed = (fullName: string, text: string) => ({ fullName, status: 'failed', failureMessages: [text] });
const passed = { fullName: 'adds', status: 'passed', failureMessages: [] };

describe('the recap of a run', () => {
  it('is empty when nothing failed', () => {
    expect(
      recapOf('unit', [{ name: '/p/a.test.ts', message: '', assertionResults: [passed] }], '/p'),
    ).toEqual([]);
  });

  it('names file and test of each failure, with its words and without colours and the runner’s stack', () => {
    const text =
      '\u001B[31mExpected 1\u001B[39m\n\n    at Object.<anonymous> (a.test.ts:3:5)\n    at node_modules/jest/x.js:1';
    const files = [
      { name: '/p/test/a.test.ts', message: text, assertionResults: [passed, failed('sum adds', text)] },
    ];
    expect(recapOf('unit', files, '/p')).toEqual([
      '',
      'failed in unit: test/a.test.ts: sum adds',
      '  Expected 1',
      '      at Object.<anonymous> (a.test.ts:3:5)',
    ]);
  });

  it.each([
    ['that did not run', []],
    ['whose hook failed after its tests', [passed]],
  ])('tells of a file %s', (_, assertionResults) => {
    const files = [{ name: '/p/a.test.ts', message: 'Cannot find module', assertionResults }];
    expect(recapOf('unit', files, '/p')).toEqual([
      '',
      'failed in unit: a.test.ts: as a whole',
      '  Cannot find module',
    ]);
  });

  it('stays short: twelve failures of fourteen lines, and how many more there are', () => {
    const long = Array.from({ length: 50 }, (_, line) => `${line} ${'x'.repeat(500)}`).join('\n');
    const many = Array.from({ length: 20 }, (_, index) => failed(`case ${index}`, long));
    const lines = recapOf('e2e', [{ name: '/p/a.test.ts', message: long, assertionResults: many }], '/p');
    expect(lines).toHaveLength(12 * 16 + 2);
    expect(lines.at(-1)).toBe('failed in e2e: 8 more, in .berth/test-results/e2e.json');
    expect(Math.max(...lines.map(({ length }) => length))).toBe(202);
  });
});

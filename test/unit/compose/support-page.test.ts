import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { SUPPORT_PAGE, supportPage } from '../../../compose/generate.ts';

it('docs/compose-support.md is what the table says (else: node compose/generate.ts)', () => {
  expect(readFileSync(SUPPORT_PAGE, 'utf8')).toBe(supportPage());
});

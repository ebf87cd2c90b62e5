import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { SUPPORT_PAGE, supportPage, X_BERTH_SCHEMA, xBerthSchema } from '../../../compose/generate.ts';

it('docs/compose-support.md is what the table says (else: node compose/generate.ts)', () => {
  expect(readFileSync(SUPPORT_PAGE, 'utf8')).toBe(supportPage());
});

it('docs/x-berth.schema.json is what the loader checks with (else: node compose/generate.ts)', () => {
  expect(readFileSync(X_BERTH_SCHEMA, 'utf8')).toBe(xBerthSchema());
});

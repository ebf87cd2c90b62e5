/** `healthcheck` -> what Docker's own health check is told. Times that are 0 mean Docker's defaults, as there. */
import { healthTest } from '../contract/rules/services.ts';
import { TEXT_MAX, type HealthcheckSpec } from '../contract/stack-spec.ts';
import {
  booleanOf,
  boundedTextOf,
  defined,
  fieldsOf,
  integerOf,
  keeps,
  keyOf,
  type Field,
  type Notes,
} from './fields.ts';
import { readDuration, readWords } from './scalars.ts';

const TIMING = ['interval', 'timeout', 'start_period', 'retries'];

export function readHealthcheck(field: Field | undefined, notes: Notes): HealthcheckSpec | undefined {
  if (!field) return undefined;
  const fields = fieldsOf(field, notes);
  const test = readTest(fields.get('test'), notes);
  const disabled = booleanOf(fields.get('disable'), notes) === true;
  const times = {
    intervalMs: readDuration(fields.get('interval'), notes) || undefined,
    timeoutMs: readDuration(fields.get('timeout'), notes) || undefined,
    startPeriodMs: readDuration(fields.get('start_period'), notes),
    retries: integerOf(fields.get('retries'), { min: 0, max: 1_000_000 }, notes) || undefined,
  };
  if (disabled || test?.[0] === 'NONE') return { test: ['NONE'] };
  if (!fields.has('test') && TIMING.some((name) => fields.has(name))) {
    const message = 'has no `test`; the timing of an image’s own check cannot be changed alone yet';
    notes.refuse(keyOf(field), message, 'write the image’s check as `test`, too');
  }
  return test && defined({ test, ...times });
}

function readTest(field: Field | undefined, notes: Notes): string[] | undefined {
  const test = field && readWords(field, (line) => inShell(line, notes), notes);
  if (!test) return undefined;
  return keeps(healthTest, test, field, notes) ? test : undefined;
}

function inShell(field: Field, notes: Notes): string[] | undefined {
  const line = boundedTextOf(field, TEXT_MAX, notes);
  return line === undefined ? undefined : ['CMD-SHELL', line];
}

import { expect, it } from '@jest/globals';
import { bytes } from '../../../cli/output/bytes.ts';

it.each([
  [0, '0B'],
  [1023, '1023B'],
  [1024, '1.0KiB'],
  [67_108_864, '64.0MiB'],
  [1.5 * 2 ** 30, '1.5GiB'],
  [2 ** 60, '1048576.0TiB'],
])('%d bytes are %s', (value, words) => expect(bytes(value)).toBe(words));

/** Bad days of whole clusters, more of them than every run has time for. */
import { describe } from '@jest/globals';
import { freshDays } from '../simulation/fresh-days.ts';

describe('bad days, a thousand hours', () => freshDays(1000, 20 * 60_000));

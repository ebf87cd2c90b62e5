/** A hundred thousand launches with every error of EC2. */
import { describe } from '@jest/globals';
import { manyLaunches } from '../simulation/launches/many-launches.ts';

describe('launches on bad days', () => manyLaunches(100_000, 40 * 60_000));

/**
 * Begins with the files that take longest, so that none of them is left alone at the end while the other core rests.
 *
 * Jest orders by how long files took last time, and by their size where it has no record, as in a clean checkout; but the
 * size of a file of `describe`s says nothing. The names here are those that take minutes; the rest is left to Jest.
 */
import sequencerModule from '@jest/test-sequencer';

/** Its types are those of its CommonJS form; as a module it exports the class itself. */
const Sequencer = sequencerModule as unknown as typeof sequencerModule.default;

/** Ends of paths, the longest file first. */
const LONGEST = [
  'e2e/hosts.test.ts',
  'e2e/cloud.test.ts',
  'e2e/other-hands.test.ts',
  'e2e/autoscale.test.ts',
  'e2e/agent.test.ts',
  'simulation/crash-points/crash-points.test.ts',
  'simulation/bad-days.test.ts',
  'simulation/mutants.test.ts',
  'simulation/named-days.test.ts',
] as const;

type Tests = Parameters<InstanceType<typeof Sequencer>['sort']>[0];

const rank = (path: string): number => {
  const at = LONGEST.findIndex((end) => path.endsWith(end));
  return at === -1 ? LONGEST.length : at;
};

export default class LongestFirst extends Sequencer {
  override async sort(tests: Tests): Promise<Tests> {
    const usual = await super.sort(tests);
    return [...usual].sort((one, other) => rank(one.path) - rank(other.path));
  }
}

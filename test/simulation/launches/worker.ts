/** Runs waves of launches for `many-launches.ts`: one seed in, one result out. */
import { runLaunches } from './run-launches.ts';

export interface LaunchOrder {
  readonly seed: string;
  readonly waves: number;
}

process.on('message', ({ seed, waves }: LaunchOrder) => {
  void runLaunches(seed, waves).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(seed, error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());

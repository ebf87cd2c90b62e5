/** Runs days for `simulate.ts`: one seed in, one result out. */
import { planDay } from './plan/plan.ts';
import { runDay } from './run-day.ts';

export interface Order {
  readonly seed: string;
  readonly hours: number;
}

process.on('message', ({ seed, hours }: Order) => {
  void runDay(planDay(seed, hours)).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());

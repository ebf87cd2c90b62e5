/** Which instances have a row that stands for them, or will. */
import type { Host } from '../../../functions/core/model/host.ts';
import type { LivingInstance } from '../world/ec2.ts';

/** Rows of the batch that have no instance yet: one of them may claim it. */
const openRows = (batch: string | undefined, rows: readonly Host[]): number =>
  rows.filter((row) => row.launch.batch === batch && row.instanceId === null && row.state !== 'terminated')
    .length;

export const isClaimed = ({ id }: LivingInstance, rows: readonly Host[]): boolean =>
  rows.some((row) => row.instanceId === id && row.state !== 'terminated');

/** Nobody's: no row has it, and its batch has more of them than rows that wait. */
export function unowned(alive: readonly LivingInstance[], rows: readonly Host[]): readonly LivingInstance[] {
  const free = alive.filter((one) => !isClaimed(one, rows));
  return [...Map.groupBy(free, ({ batch }) => batch)].flatMap(([batch, same]) =>
    same.slice(batch === undefined ? 0 : openRows(batch, rows)),
  );
}

/** Instances of a batch; more than it asked for were launched twice. */
export const ofBatch = (alive: readonly LivingInstance[], batch: string): readonly LivingInstance[] =>
  alive.filter((one) => one.batch === batch);

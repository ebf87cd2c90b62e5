/**
 * From planned hosts to calls: hosts of one type, dealt over the zones, are one batch a zone. A batch's offerings are tried
 * in their order: the chosen type in its own zone, in the other zones, then the other types that could take the same tasks.
 */
import type { Host } from '../model/host.ts';
import type { Offering } from '../model/offering.ts';
import type { Pool } from '../model/pool.ts';
import type { HostBatch } from './intent.ts';
import { poolOptions, type Market, type TypeOption } from './offerings.ts';
import { holds, type Bin, type Room } from './pack.ts';
import type { PlanInput } from './plan-hosts.ts';
import { priceWords } from './prices.ts';

/** Of one call; a request of an instant fleet has room for many more, a row of the table has not. */
export const OFFERINGS_MAX = 12;

interface BatchInput extends PlanInput {
  readonly room: Room;
  readonly present: readonly Host[];
}

export function batchesOf(pool: Pool, bins: readonly Bin[], input: BatchInput): readonly HostBatch[] {
  const { snapshot, catalog, memory, nowMs } = input;
  const market: Market = { catalog, memory, hosts: snapshot.hosts.map((view) => view.host), nowMs };
  const { options } = poolOptions(pool, market);
  const spent = bins.reduce((sum, { option }) => sum + option.price.perHour, 0);
  const byType = Map.groupBy(bins, ({ option }) => option.instanceType);
  return [...byType.values()].flatMap((same) => {
    const option = same[0]?.option;
    if (option === undefined) return [];
    return deal(same, option).map((own) => {
      const spare = (input.room.perHour - spent) / own.bins.length;
      const others = options.filter(
        (other) =>
          other.instanceType !== option.instanceType &&
          other.architecture === option.architecture &&
          other.price.perHour - option.price.perHour <= spare &&
          own.bins.every(({ tasks }) => holds(other, tasks, nowMs)),
      );
      return toBatch(pool, option, own, others);
    });
  });
}

interface Share {
  readonly lead: Offering;
  readonly bins: readonly Bin[];
}

/** In turn over the zones, the emptiest first. */
function deal(bins: readonly Bin[], { offerings }: TypeOption): readonly Share[] {
  return offerings.flatMap((lead, turn) => {
    const own = bins.filter((_, index) => index % offerings.length === turn);
    return own.length === 0 ? [] : [{ lead, bins: own }];
  });
}

function toBatch(
  pool: Pool,
  option: TypeOption,
  { lead, bins }: Share,
  others: readonly TypeOption[],
): HostBatch {
  const { instanceType, architecture, capacity, price } = option;
  const own = [lead, ...option.offerings.filter((one) => one !== lead)];
  const alike = others.flatMap(({ offerings }) =>
    [...offerings].sort((a, b) => inZone(lead, a) - inZone(lead, b)),
  );
  const tasks = bins.reduce((sum, bin) => sum + bin.tasks.length, 0);
  const what =
    tasks === 0 ? 'the least number of hosts' : tasks === 1 ? '1 waiting task' : `${tasks} waiting tasks`;
  const choice =
    others.length === 0 ? 'the only type that fits' : `the cheapest of ${others.length + 1} types that fit`;
  return {
    pool: pool.name,
    securityGroups: pool.securityGroups,
    architecture,
    instanceType,
    count: bins.length,
    capacity,
    offerings: [...own, ...alike].slice(0, OFFERINGS_MAX),
    reason: `a ${instanceType} for ${what}: ${choice}, ${priceWords(price)}`,
    replaces: null,
  };
}

const inZone = (lead: Offering, { zone }: Offering): number => (zone === lead.zone ? 0 : 1);

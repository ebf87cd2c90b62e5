/** Figures over sizes, and how they grow: how many times as much ten times as many hosts take. */

export interface Series {
  readonly name: string;
  /** By size, in the order of the sizes. */
  readonly values: readonly number[];
  readonly show: (value: number) => string;
  /** More of a cost is worse, of a rate less is; what the clock on the wall says depends on what else the machine does. */
  readonly kind: 'cost' | 'rate' | 'clock';
}

/** Ten is in proportion. Figures of single runs differ, so a little more is not told. */
export const LINEAR = 10;
export const TOLERANCE = 1.25;
/** Less than this, in the unit of the series, is noise and constants; of milliseconds it is one. */
const LEAST = 1;

/** Ratio for ten times as many hosts, from each size to the next; null: there is nothing to compare. */
export function growth(sizes: readonly number[], values: readonly number[]): (number | null)[] {
  return sizes.slice(1).map((size, index) => {
    const [before = 0, after = 0] = [values[index], values[index + 1]];
    const decades = Math.log10(size / (sizes[index] ?? size));
    if (before <= 0 || after <= 0 || decades <= 0) return null;
    return (after / before) ** (1 / decades);
  });
}

/** Series whose last step grew worse than in proportion to the hosts. */
export function worseThanLinear(sizes: readonly number[], all: readonly Series[]): Series[] {
  return all.filter(({ values, kind }) => {
    if (kind !== 'cost' || (values.at(-2) ?? 0) < LEAST) return false;
    return (growth(sizes, values).at(-1) ?? 0) > LINEAR * TOLERANCE;
  });
}

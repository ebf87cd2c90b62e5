/**
 * One entry of a `PriceList` -> a price. Entries are JSON in a string. Everything that was asked for is looked at again in
 * the answer, so that a filter which AWS does not know never makes another product's price ours:
 *
 *     product.attributes   instanceType, regionCode, operatingSystem, tenancy, preInstalledSw, capacitystatus, marketoption
 *     terms.OnDemand       {sku.term}.priceDimensions.{sku.term.rate}: unit `Hrs`, pricePerUnit.USD `0.0816000000`
 */
export interface Asked {
  readonly instanceType: string;
  readonly region: string;
}

/** What is asked of each product, by attribute; the names are AWS's. */
export const attributesOf = ({ instanceType, region }: Asked): Readonly<Record<string, string>> => ({
  instanceType,
  regionCode: region,
  operatingSystem: 'Linux',
  tenancy: 'Shared',
  preInstalledSw: 'NA',
  capacitystatus: 'Used',
  // Capacity blocks are products of the same type, free of charge on demand.
  marketoption: 'OnDemand',
});

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const within = (value: unknown, name: string): Json => {
  const found = isObject(value) ? value[name] : undefined;
  return isObject(found) ? found : {};
};

/** USD an hour, each once; empty: it is not what was asked for, or has no price on demand. Never throws. */
export function pricesIn(entry: string, asked: Asked): readonly number[] {
  const product = parse(entry);
  const attributes = within(within(product, 'product'), 'attributes');
  const isAsked = Object.entries(attributesOf(asked)).every(([name, value]) => attributes[name] === value);
  if (!isAsked) return [];
  const dimensions = Object.values(within(within(product, 'terms'), 'OnDemand')).flatMap((term) =>
    Object.values(within(term, 'priceDimensions')),
  );
  const perHour = dimensions
    .filter((one) => isObject(one) && one['unit'] === 'Hrs')
    .map((one) => dollars(within(one, 'pricePerUnit')['USD']));
  // What is reserved or a block costs nothing on demand: that is no price of ours.
  return [...new Set(perHour)].filter((one) => one > 0);
}

const dollars = (text: unknown): number =>
  typeof text === 'string' && /^\d{1,6}(?:\.\d{1,12})?$/.test(text) ? Number(text) : 0;

function parse(entry: string): unknown {
  try {
    return JSON.parse(entry);
  } catch {
    return null;
  }
}

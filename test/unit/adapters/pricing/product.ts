/** Entries of a `PriceList` with the fields and the form that AWS gives them; numbers of m7g.large. */
interface Told {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly usd?: string;
  readonly unit?: string;
  readonly sku?: string;
}

const ATTRIBUTES = {
  instanceType: 'm7g.large',
  regionCode: 'eu-west-1',
  location: 'EU (Ireland)',
  locationType: 'AWS Region',
  operatingSystem: 'Linux',
  tenancy: 'Shared',
  preInstalledSw: 'NA',
  capacitystatus: 'Used',
  marketoption: 'OnDemand',
  licenseModel: 'No License required',
  operation: 'RunInstances',
  servicecode: 'AmazonEC2',
  servicename: 'Amazon Elastic Compute Cloud',
  usagetype: 'EU-BoxUsage:m7g.large',
  instanceFamily: 'General purpose',
  physicalProcessor: 'AWS Graviton3 Processor',
  processorArchitecture: '64-bit',
  memory: '8 GiB',
  vcpu: '2',
  storage: 'EBS only',
  currentGeneration: 'Yes',
};

/** JSON in a string, as the API sends it. */
export function product({
  attributes,
  usd = '0.0911000000',
  unit = 'Hrs',
  sku = 'XJ4HMBV6N3EQQCWT',
}: Told = {}) {
  const [term, year] = [`${sku}.JRTCKXETXF`, `${sku}.4NA7Y494T4`];
  const rate = (key: string, price: string, priced: string) => ({
    [`${key}.6YS6EN2CT7`]: {
      unit: priced,
      endRange: 'Inf',
      description: `$${price} per On Demand Linux m7g.large Instance Hour`,
      appliesTo: [],
      rateCode: `${key}.6YS6EN2CT7`,
      beginRange: '0',
      pricePerUnit: { USD: price },
    },
  });
  const offer = (key: string, code: string, price: string, priced: string, termAttributes: object) => ({
    [key]: {
      priceDimensions: rate(key, price, priced),
      sku,
      effectiveDate: '2026-11-01T00:00:00Z',
      offerTermCode: code,
      termAttributes,
    },
  });
  return JSON.stringify({
    product: { productFamily: 'Compute Instance', attributes: { ...ATTRIBUTES, ...attributes }, sku },
    serviceCode: 'AmazonEC2',
    terms: {
      OnDemand: offer(term, 'JRTCKXETXF', usd, unit, {}),
      // A reservation's hour is cheaper; it is no price on demand.
      Reserved: offer(year, '4NA7Y494T4', '0.0574000000', 'Hrs', { LeaseContractLength: '1yr' }),
    },
    version: '20261120183305',
    publicationDate: '2026-11-20T18:33:05Z',
  });
}

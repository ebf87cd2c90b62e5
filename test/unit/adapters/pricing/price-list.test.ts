/** AWS's price list: what is asked on the wire, and what is believed of an answer. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pricingClient, pricingRegion } from '../../../../functions/adapters/pricing/client.ts';
import { awsPriceList, PAGES_MAX, pricingOf } from '../../../../functions/adapters/pricing/price-list.ts';
import { pricesIn } from '../../../../functions/adapters/pricing/read-product.ts';
import { product } from './product.ts';

const ASKED = { instanceType: 'm7g.large', region: 'eu-west-1' };

interface Question {
  readonly Filters: readonly { readonly Type: string; readonly Field: string; readonly Value: string }[];
  readonly NextToken?: string;
}
interface Seen {
  readonly target: string | undefined;
  readonly authorization: string | undefined;
  readonly body: Question;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server of the JSON protocol; `answer` gives status and body. */
async function priceListOver(answer: (seen: Seen) => readonly [number, object]) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const one = {
        target: request.headers['x-amz-target'] as string | undefined,
        authorization: request.headers.authorization,
        body: JSON.parse(Buffer.concat(parts).toString()) as Question,
      };
      seen.push(one);
      const [status, body] = answer(one);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = pricingClient(pricingRegion('eu-west-1')!, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  return { list: awsPriceList({ client, region: 'eu-west-1' }), seen };
}

const page = (...PriceList: string[]) => ({ FormatVersion: 'aws_v1', PriceList });

describe('a question', () => {
  it('is for one type, in the region of the cluster, at an endpoint that there is', async () => {
    const { list, seen } = await priceListOver(() => [200, page(product())]);
    expect(await list.perHour('m7g.large')).toBe(0.0911);
    expect(seen).toHaveLength(1);
    expect(seen[0]!.target).toBe('AWSPriceListService.GetProducts');
    expect(seen[0]!.authorization).toContain('/eu-central-1/pricing/aws4_request');
    expect(seen[0]!.body).toMatchObject({ ServiceCode: 'AmazonEC2', FormatVersion: 'aws_v1' });
    expect(seen[0]!.body.Filters.map(({ Type, Field, Value }) => [Type, Field, Value])).toEqual(
      [
        ['instanceType', 'm7g.large'],
        ['regionCode', 'eu-west-1'],
        ['operatingSystem', 'Linux'],
        ['tenancy', 'Shared'],
        ['preInstalledSw', 'NA'],
        ['capacitystatus', 'Used'],
        ['marketoption', 'OnDemand'],
      ].map(([field, value]) => ['TERM_MATCH', field, value]),
    );
  });

  it.each([
    ['us-east-1', 'us-east-1'],
    ['sa-east-1', 'us-east-1'],
    ['eu-west-1', 'eu-central-1'],
    ['ap-southeast-2', 'ap-south-1'],
    ['cn-north-1', null],
    ['us-gov-west-1', null],
    ['us-iso-east-1', null],
    ['us-isob-east-1', null],
  ])('from %s goes to %s', (region, endpoint) => {
    expect(pricingRegion(region)).toBe(endpoint);
  });

  it('is not asked where nobody tells dollars, and fails with that word', async () => {
    const pricing = pricingOf('pricing-api', 'cn-north-1');
    if (pricing.source !== 'pricing-api') throw new Error('it has no list');
    await expect(pricing.list.perHour('m7g.large')).rejects.toThrow(
      'no price list in dollars for cn-north-1',
    );
    expect(pricingOf('file', 'eu-west-1')).toEqual({ source: 'file' });
  });
});

describe('an answer', () => {
  it('may come in pages, bounded', async () => {
    const { list, seen } = await priceListOver(({ body }) =>
      body.NextToken === undefined ? [200, { ...page(), NextToken: 'two' }] : [200, page(product())],
    );
    expect(await list.perHour('m7g.large')).toBe(0.0911);
    expect(seen.map(({ body }) => body.NextToken)).toEqual([undefined, 'two']);
    const endless = await priceListOver(() => [200, { ...page(product()), NextToken: 'more' }]);
    expect(await endless.list.perHour('m7g.large')).toBeNull();
    expect(endless.seen).toHaveLength(PAGES_MAX);
  });

  it('without a product, or with two prices, is none; the same price twice is one', async () => {
    const of = async (...entries: string[]) =>
      (await priceListOver(() => [200, page(...entries)])).list.perHour('m7g.large');
    expect(await of()).toBeNull();
    expect(await of(product(), product({ usd: '0.2000000000', sku: 'ANOTHER' }))).toBeNull();
    expect(await of(product(), product({ sku: 'ANOTHER' }))).toBe(0.0911);
  });

  it.each([
    [400, 'AccessDeniedException', 'User is not authorized to perform: pricing:GetProducts'],
    [400, 'ThrottlingException', 'Rate exceeded'],
    [500, 'InternalErrorException', 'An error on the server occurred'],
  ])('%s %s is thrown in its own words', async (status, __type, message) => {
    const { list } = await priceListOver(() => [status, { __type, message, Message: message }]);
    await expect(list.perHour('m7g.large')).rejects.toThrow(`${__type}: ${message}`);
  });
});

describe('an entry', () => {
  it('has the price on demand, not that of a reservation', () => {
    expect(pricesIn(product(), ASKED)).toEqual([0.0911]);
  });

  it.each([
    ['another type', { instanceType: 'm7g.xlarge' }],
    ['another region', { regionCode: 'us-east-1' }],
    ['Windows', { operatingSystem: 'Windows' }],
    ['dedicated', { tenancy: 'Dedicated' }],
    ['with a database', { preInstalledSw: 'SQL Web' }],
    ['an unused reservation', { capacitystatus: 'UnusedCapacityReservation' }],
    ['a capacity block', { marketoption: 'CapacityBlock' }],
  ])('of %s is not ours, whatever the filters did', (_, attributes) => {
    expect(pricesIn(product({ attributes }), ASKED)).toEqual([]);
  });

  it('that is free, priced in another unit or no number is none', () => {
    for (const told of [
      { usd: '0.0000000000' },
      { unit: 'Quantity' },
      { usd: '-1' },
      { usd: '1e9' },
      { usd: 'NaN' },
    ])
      expect(pricesIn(product(told), ASKED)).toEqual([]);
  });

  it('that says anything else is none, and never an error', () => {
    const broken = ['', 'null', '[]', '{"product":null}', '{"terms":{"OnDemand":[1]}}', '{"product":'];
    for (const text of broken) expect(pricesIn(text, ASKED)).toEqual([]);
    const whole = product();
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(whole.length), (value, cut) => {
        expect(pricesIn(JSON.stringify(value), ASKED)).toEqual([]);
        if (cut < whole.length) expect(pricesIn(whole.slice(0, cut), ASKED)).toEqual([]);
      }),
    );
  });
});

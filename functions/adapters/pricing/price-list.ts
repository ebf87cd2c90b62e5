/** AWS's price list: one question a type, one price or none. */
import { GetProductsCommand, type PricingClient } from '@aws-sdk/client-pricing';
import type { PriceSource } from '../../core/model/price.ts';
import type { PriceList, Pricing } from '../../usecases/ports.ts';
import { sdkError } from '../sdk-error.ts';
import { pricingClient, pricingRegion } from './client.ts';
import { attributesOf, pricesIn, type Asked } from './read-product.ts';

/** The filters leave one product; more pages than this are an answer to another question. */
export const PAGES_MAX = 3;

export interface PriceListOptions {
  readonly client: Pick<PricingClient, 'send'>;
  /** Of the cluster, not of the endpoint. */
  readonly region: string;
}

export const awsPriceList = ({ client, region }: PriceListOptions): PriceList => ({
  async perHour(instanceType) {
    const found = new Set<number>();
    let NextToken: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const answer = await ask(client, { instanceType, region }, NextToken);
      for (const price of answer.prices) found.add(price);
      NextToken = answer.next;
      if (NextToken === undefined) return onlyOne([...found]);
    }
    return null;
  },
});

/** As the environment says; where no endpoint tells dollars each question fails with that word. */
export function pricingOf(source: PriceSource, region: string): Pricing {
  if (source !== 'pricing-api') return { source };
  const endpoint = pricingRegion(region);
  const none = (): Promise<never> => Promise.reject(new Error(`no price list in dollars for ${region}`));
  const list: PriceList =
    endpoint === null ? { perHour: none } : awsPriceList({ client: pricingClient(endpoint), region });
  return { source, list };
}

/** Two prices of one type: nobody can say which is right, so neither is believed. */
const onlyOne = ([first, ...more]: readonly number[]): number | null =>
  first === undefined || more.length > 0 ? null : first;

async function ask(client: Pick<PricingClient, 'send'>, asked: Asked, NextToken: string | undefined) {
  try {
    const answer = await client.send(
      new GetProductsCommand({
        ServiceCode: 'AmazonEC2',
        Filters: Object.entries(attributesOf(asked)).map(([Field, Value]) => ({
          Type: 'TERM_MATCH',
          Field,
          Value,
        })),
        FormatVersion: 'aws_v1',
        MaxResults: 10,
        NextToken,
      }),
    );
    // Strings, or the SDK's objects of them.
    const entries: unknown = answer.PriceList;
    const prices = (Array.isArray(entries) ? entries : []).flatMap((entry) => pricesIn(String(entry), asked));
    return { prices, next: answer.NextToken || undefined };
  } catch (error) {
    const { code, message } = sdkError(error);
    throw new Error(`${code}: ${message}`, { cause: error });
  }
}

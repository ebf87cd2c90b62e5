/**
 * The client of AWS's Price List Query API. Few regions have it, and any of them tells the prices of all
 * (AWS Billing user guide, "Using the AWS Price List Query API": us-east-1, eu-central-1, ap-south-1).
 */
import { PricingClient, type PricingClientConfig } from '@aws-sdk/client-pricing';
import { sdkOptions } from '../sdk-options.ts';

/** Null: the partition has none that tells US dollars (China tells yuan, GovCloud has no endpoint). */
export function pricingRegion(region: string): string | null {
  if (/^(?:cn|us-gov|us-iso[a-z]*|eu-isoe|eusc)-/.test(region)) return null;
  if (region.startsWith('ap-')) return 'ap-south-1';
  return region.startsWith('eu-') ? 'eu-central-1' : 'us-east-1';
}

export const pricingClient = (region: string, over: PricingClientConfig = {}): PricingClient =>
  new PricingClient({ region, ...sdkOptions({ requestTimeoutMs: 2_000, attempts: 2 }), ...over });

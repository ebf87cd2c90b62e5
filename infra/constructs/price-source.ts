/**
 * Where prices of instance types come from, chosen when the stack is deployed:
 *
 *     cdk deploy --parameters PriceSource=file        this project's dated list alone; AWS is not asked
 *     cdk deploy --parameters PriceSource=synthetic   in a cloud in which nothing has a price, such as an emulator
 *
 * A parameter, not context: an emulator is then given the very template that an account gets.
 */
import { CfnParameter } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export const PRICE_SOURCES = ['pricing-api', 'file', 'synthetic'] as const;

export class PriceSourceParameter extends CfnParameter {
  constructor(scope: Construct) {
    super(scope, 'PriceSource', {
      type: 'String',
      allowedValues: [...PRICE_SOURCES],
      default: 'pricing-api',
      description: 'Where prices of instance types come from',
    });
    this.overrideLogicalId('PriceSource');
  }
}

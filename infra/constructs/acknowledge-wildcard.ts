/** Reasons beside wildcards in ARNs of grants, where cdk-nag looks for them. */
import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

export interface WildcardArn {
  readonly service: string;
  /** What follows the account, as cdk-nag writes it: a reference to another resource is `<LogicalId>`. */
  readonly resource: string;
  /** AWS's own resources, as images may be, belong to no account. */
  readonly owner?: 'account' | 'nobody';
}

/**
 * cdk-nag calls a finding by its ARN. In a stack that is tied to no account there is `<AWS::Region>` in it; in one that
 * looks up names (`lookupEnvironment`) the region's own name.
 */
export function acknowledgeWildcard(granted: IConstruct, arn: WildcardArn, reason: string): void {
  const { region, account } = Stack.of(granted);
  const written = (value: string, name: string) => (Token.isUnresolved(value) ? `<${name}>` : value);
  const owner = arn.owner === 'nobody' ? '' : written(account, 'AWS::AccountId');
  const place = `${arn.service}:${written(region, 'AWS::Region')}:${owner}`;
  const id = `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${place}:${arn.resource}]`;
  Validations.of(granted).acknowledge({ id, reason });
}

/** cdk-nag's rules of good solutions: no finding that nobody acknowledged, and rules that would find something. */
import { describe, expect, it } from '@jest/globals';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { BerthStack } from '../../infra/stacks/berth-stack.ts';
import { berthStack } from '../support/berth-stack.ts';

function findings(stack: BerthStack): string[] {
  const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
  return violations.map(({ ruleName }) => ruleName);
}

describe('cdk-nag', () => {
  it('finds nothing', () => {
    expect(findings(berthStack())).toEqual([]);
  });

  it('would find a queue that takes plain HTTP and keeps no dead letters', () => {
    const stack = berthStack();
    new CfnQueue(stack, 'Careless', {});
    expect(findings(stack)).toEqual(expect.arrayContaining(['AwsSolutions-SQS3', 'AwsSolutions-SQS4']));
  });

  it('would find a wildcard that has no reason beside it', () => {
    const stack = berthStack();
    const role = Role.fromRoleName(stack, 'SomeRole', 'some');
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['dynamodb:*'], resources: ['*'] }));
    expect(findings(stack)).toEqual(
      expect.arrayContaining(['AwsSolutions-IAM5[Action::dynamodb:*]', 'AwsSolutions-IAM5[Resource::*]']),
    );
  });
});

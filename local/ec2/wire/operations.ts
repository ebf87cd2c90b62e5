/** The wire form of each modelled action, as the SDK itself knows it: names and types come from its own schemas. */
import {
  CreateFleet$,
  CreateTags$,
  DescribeInstances$,
  DescribeInstanceStatus$,
  DescribeInstanceTypes$,
  DescribeNetworkInterfaces$,
  DescribeVolumes$,
  RunInstances$,
  TerminateInstances$,
} from '@aws-sdk/client-ec2';
import { NormalizedSchema } from '@smithy/core/schema';
import type { ActionName } from '../model/ec2.ts';

const OPERATIONS = {
  CreateFleet: CreateFleet$,
  RunInstances: RunInstances$,
  DescribeInstances: DescribeInstances$,
  DescribeInstanceStatus: DescribeInstanceStatus$,
  TerminateInstances: TerminateInstances$,
  DescribeInstanceTypes: DescribeInstanceTypes$,
  DescribeVolumes: DescribeVolumes$,
  DescribeNetworkInterfaces: DescribeNetworkInterfaces$,
  CreateTags: CreateTags$,
};

export interface WireOperation {
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

export function wireOperation(action: ActionName): WireOperation {
  // Smithy's schema of an operation: [9, namespace, name, traits, input, output].
  const [, , , , input, output] = OPERATIONS[action];
  return { input: NormalizedSchema.of(input), output: NormalizedSchema.of(output) };
}

/** What an AWS account has before anything is deployed into it, and where the deployed API is on this machine. */
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { bridgeEndpoint, loopbackEndpoint } from '../plan.ts';
import type { CloudPlan } from '../plan.ts';

/** Account root; the emulator does not check its secret. */
export const ROOT_KEYS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

const AMI_PARAMETERS = '/aws/service/ecs/optimized-ami/amazon-linux-2023';
const AMIS = {
  [`${AMI_PARAMETERS}/recommended/image_id`]: 'ami-0b1e5ba5e00000864',
  [`${AMI_PARAMETERS}/arm64/recommended/image_id`]: 'ami-0b1e5ba5e00000a64',
} as const;

function ssm(plan: CloudPlan): SSMClient {
  return new SSMClient({
    region: plan.region,
    endpoint: loopbackEndpoint(plan.ports.relay),
    credentials: ROOT_KEYS,
  });
}

/** Puts AWS's public parameters there that launch templates name; the emulator has none of its own. */
export async function furnishAccount(plan: CloudPlan): Promise<void> {
  const client = ssm(plan);
  for (const [Name, Value] of Object.entries(AMIS))
    await client.send(
      new PutParameterCommand({ Name, Value, Type: 'String', DataType: 'text', Overwrite: true }),
    );
  client.destroy();
}

/**
 * The address of an HTTP API's default stage. The host name that CloudFormation gives it (`*.execute-api.localhost`)
 * resolves nowhere, so the emulator's path form is used: on loopback for the machine, on the bridge for hosts.
 */
export function apiEndpoint(plan: CloudPlan, apiId: string, from: 'machine' | 'host'): string {
  const relay = plan.ports.relay;
  const base = from === 'machine' ? loopbackEndpoint(relay) : bridgeEndpoint(plan, relay);
  return `${base}/_aws/execute-api/${apiId}/$default`;
}

/** Writes the address that hosts can reach into the parameter from which they learn it. */
export async function publishEndpoint(plan: CloudPlan, parameter: string, apiId: string): Promise<void> {
  const client = ssm(plan);
  const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter }));
  const Value = apiEndpoint(plan, apiId, 'host');
  if (Parameter?.Value !== Value)
    await client.send(new PutParameterCommand({ Name: parameter, Value, Type: 'String', Overwrite: true }));
  client.destroy();
}

/** What an AWS account has before anything is deployed into it, and where the deployed API is on this machine. */
import { EC2Client, RegisterImageCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { bridgeEndpoint, loopbackEndpoint } from '../plan.ts';
import type { CloudPlan } from '../plan.ts';

/** Account root; the emulator does not check its secret. */
export const ROOT_KEYS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** Images of hosts: the app's parameter for each architecture, and the Parameter Store name that it is given here. */
const IMAGES = [
  { app: 'HostImageX86', architecture: 'x86_64', parameter: '/local/host-image/x86_64' },
  { app: 'HostImageArm', architecture: 'arm64', parameter: '/local/host-image/arm64' },
] as const;

/**
 * What the app is deployed with: AWS's public image parameters are reserved names, which the emulator lacks; and nothing has
 * a price here, so nobody is asked for one.
 */
export const DEPLOY_PARAMETERS = [
  ...IMAGES.map(({ app, parameter }) => `${app}=${parameter}`),
  'PriceSource=synthetic',
];

function clientOptions(plan: CloudPlan) {
  return { region: plan.region, endpoint: loopbackEndpoint(plan.ports.relay), credentials: ROOT_KEYS };
}

/** Registers an image per architecture (metadata only, as on AWS) and names it in Parameter Store. */
export async function furnishAccount(plan: CloudPlan): Promise<void> {
  const ec2 = new EC2Client(clientOptions(plan));
  const ssm = new SSMClient(clientOptions(plan));
  for (const { architecture, parameter } of IMAGES) {
    const image = await ec2.send(
      new RegisterImageCommand({
        Name: `local-host-${architecture}`,
        Description: 'Stands for the ECS-optimized image: Docker runs before user data does',
        Architecture: architecture,
        RootDeviceName: '/dev/xvda',
        VirtualizationType: 'hvm',
      }),
    );
    const Value = image.ImageId;
    await ssm.send(new PutParameterCommand({ Name: parameter, Value, Type: 'String', DataType: 'text' }));
  }
  ec2.destroy();
  ssm.destroy();
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

/** The address of a WebSocket API's stage, as hosts reach it. */
export function doorbellEndpoint(plan: CloudPlan, apiId: string): string {
  return `ws://${plan.bridge.address}:${String(plan.ports.websocket)}/${apiId}/live`;
}

/** Writes an address that hosts can reach into the parameter from which they learn it. */
export async function publishAddress(plan: CloudPlan, parameter: string, address: string): Promise<void> {
  const client = new SSMClient(clientOptions(plan));
  const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter }));
  if (Parameter?.Value !== address)
    await client.send(
      new PutParameterCommand({ Name: parameter, Value: address, Type: 'String', Overwrite: true }),
    );
  client.destroy();
}

/** The control paths of the EC2 and Route 53 gateways (local/ec2/control.ts, local/route53/control.ts). */
import type { Cloud } from '../../../local/cloud.ts';

type Target = Pick<Cloud, 'plan'>;

/** @param command for example `POST timings`. @throws Error when it was refused */
export const controlEc2 = (cloud: Target, command: string, body?: object): Promise<unknown> =>
  control(cloud.plan.ports.ec2, 'ec2', command, body);

/** @param command for example `POST delay`. @throws Error when it was refused */
export const controlRoute53 = (cloud: Target, command: string, body?: object): Promise<unknown> =>
  control(cloud.plan.ports.route53, 'route53', command, body);

async function control(port: number, service: string, command: string, body?: object): Promise<unknown> {
  const [method = '', name = ''] = command.split(' ');
  const reply = await fetch(`http://127.0.0.1:${String(port)}/_berth/${service}/${name}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const said = await reply.text();
  if (!reply.ok) throw new Error(`${command} of ${service} was refused: ${said}`);
  return JSON.parse(said);
}

export interface Ec2Call {
  readonly action: string;
}

/** CreateFleet calls so far, refused ones included. */
export async function launches(cloud: Target): Promise<number> {
  const calls = (await controlEc2(cloud, 'GET calls')) as readonly Ec2Call[];
  return calls.filter((call) => call.action === 'CreateFleet').length;
}

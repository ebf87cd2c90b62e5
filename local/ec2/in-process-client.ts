/**
 * The model in the clothes of the SDK's client: what is written against `EC2Client` runs over the model, without wire
 * and metal. The model's actions are answered, and DescribeLaunchTemplateVersions and DescribeSubnets (by ids) from its
 * catalog; any other command is an error. No retries: each call is made once.
 */
import { EC2Client } from '@aws-sdk/client-ec2';
import type {
  DescribeLaunchTemplateVersionsCommandInput,
  DescribeSubnetsCommandInput,
} from '@aws-sdk/client-ec2';
import type { Caller } from './model/checks/caller.ts';
import { isAction } from './model/checks/fields.ts';
import type { Ec2Model } from './model/ec2.ts';
import { Ec2Error } from './model/errors.ts';

/** A real `EC2Client` to whoever asks for one (the SDK's paginators do), but nothing of it is sent anywhere. */
export function createInProcessClient(model: Ec2Model, caller?: Caller): EC2Client {
  const client = new EC2Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
  });
  const answer = (command: { readonly input: object }): object => {
    const name = command.constructor.name.replace(/Command$/, '');
    if (isAction(name)) return { ...model.call(name, command.input, { caller }), $metadata: {} };
    if (name === 'DescribeLaunchTemplateVersions') return describeVersions(model, command.input);
    if (name === 'DescribeSubnets') return describeSubnets(model, command.input);
    throw new Error(`the EC2 model does not know ${name}`);
  };
  // A thrown refusal becomes a rejection, as over the wire.
  const send = (command: { readonly input: object }) =>
    new Promise((resolve) => {
      resolve(answer(command));
    });
  return Object.assign(client, { send: send as EC2Client['send'] });
}

function describeSubnets(model: Ec2Model, { SubnetIds: ids = [] }: DescribeSubnetsCommandInput): object {
  return {
    Subnets: ids.map((id) => {
      const subnet = model.catalog.subnet(id);
      if (subnet === undefined)
        throw new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
      const Tags = Object.entries(subnet.tags).map(([Key, Value]) => ({ Key, Value }));
      return { SubnetId: id, VpcId: subnet.vpcId, AvailabilityZone: subnet.zone, Tags };
    }),
    $metadata: {},
  };
}

function describeVersions(model: Ec2Model, input: DescribeLaunchTemplateVersionsCommandInput): object {
  const { LaunchTemplateId: id, LaunchTemplateName: name, Versions: versions = ['$Latest'] } = input;
  const found = versions.map((version) => model.catalog.launchTemplate({ id, name, version }));
  return {
    LaunchTemplateVersions: found.map((one) => {
      if (typeof one === 'string')
        throw new Ec2Error(
          'InvalidLaunchTemplateId.NotFound',
          'The specified launch template does not exist.',
        );
      return {
        LaunchTemplateId: one.id,
        LaunchTemplateName: one.name,
        VersionNumber: one.version,
        LaunchTemplateData: one.data,
      };
    }),
    $metadata: {},
  };
}

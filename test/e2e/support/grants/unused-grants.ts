/**
 * Grants that end-to-end cases do not use, or not in every run, each with the reason why it is there. Anything else that
 * nothing uses is red.
 */
import type { Cloud } from '../../../../local/cloud.ts';
import { userDataOf } from '../launches.ts';
import type { Explained } from './grants.ts';

const LOG = 'Lambda writes log lines with the function’s role; the emulator writes them itself';
const POLLER = 'Lambda takes messages off the queue with the function’s role; the emulator does so itself';
const DEADLINE = 'a run that reaches its deadline of 40 s has the next one go on; no case lasts so long';
const HEALS = 'makes up for a wake that was lost; used when a tick happens to fall into a change';
const LATER =
  'wakes itself when something falls due, or a run reaches its deadline; used when that takes longer than it waits';
const GUARD = 'asked when the stack is deleted, which is the last case of all';
const PRICES =
  'reads the public price list, which the local cloud has not: it is deployed with PriceSource=synthetic';
const OTHER = 'for hosts of the other processor architecture; this machine has none';

export async function explainedGrants(cloud: Cloud): Promise<readonly Explained[]> {
  const { outputs, plan } = cloud;
  const arn = (service: string, resource: string): string =>
    `arn:aws:${service}:${plan.region}:${plan.account}:${resource}`;
  const nameOf = (output: string): string => outputs[output]?.split('/').at(-1) ?? '';
  const other = process.arch === 'arm64' ? 'x86_64' : 'arm64';
  const template = nameOf(other === 'arm64' ? 'LaunchTemplateArm' : 'LaunchTemplateX86');
  const pollers = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => `sqs:${action}`);
  return [
    { who: null, action: 'logs:CreateLogStream', why: LOG },
    { who: null, action: 'logs:PutLogEvents', why: LOG },
    ...pollers.flatMap((action) => [
      { who: 'Reconcile', action, why: POLLER },
      { who: 'Tick', action, why: POLLER },
    ]),
    {
      who: 'Provision',
      action: 'ec2:RunInstances',
      resource: arn('ec2', `launch-template/${template}`),
      why: OTHER,
    },
    {
      who: 'Provision',
      action: 'ec2:CreateFleet',
      resource: arn('ec2', `launch-template/${template}`),
      why: OTHER,
    },
    { who: 'Provision', action: 'pricing:GetProducts', why: PRICES },
    { who: 'Register', action: 'lambda:InvokeFunction', why: DEADLINE },
    { who: 'Reconcile', action: 'sqs:SendMessage', why: LATER },
    { who: 'Tick', action: 'sqs:SendMessage', resource: arn('sqs', nameOf('WakeQueueUrl')), why: HEALS },
    {
      who: 'Tick',
      action: 'lambda:InvokeFunction',
      resource: arn('lambda', `function:${nameOf('RegisterFunction')}`),
      why: HEALS,
    },
    { who: 'DeleteGuard', action: 'ec2:DescribeInstances', why: GUARD },
    { who: 'DeleteGuard', action: 'route53:ListResourceRecordSets', why: GUARD },
    { who: 'Host', action: 's3:GetObject', resource: await archiveOf(cloud, other), why: OTHER },
  ];
}

/** The object that hosts of an architecture fetch at their first boot. */
async function archiveOf(cloud: Cloud, architecture: 'x86_64' | 'arm64'): Promise<string> {
  const userData = await userDataOf(cloud, architecture);
  const [bucket = '', key = ''] = ['bucket', 'key'].map(
    (name) => new RegExp(`^readonly ${name}='([^']+)'$`, 'm').exec(userData)?.[1],
  );
  return `arn:aws:s3:::${bucket}/${key}`;
}

/** Least privilege, line by line: a grant that comes or goes shows up here, and wants a reason in the change. */
import { describe, expect, it } from '@jest/globals';
import { berthTemplate, resourcesOf } from '../support/berth-template.ts';
import { grantsByRole } from '../support/template-grants.ts';

const template = berthTemplate();
const grants = grantsByRole(template);
const roles = resourcesOf(template, 'AWS::IAM::Role');

const logs = (name: string) => `logs:CreateLogStream logs:PutLogEvents @ {${name}Logs.Arn}`;
const items = (...actions: string[]) =>
  `${actions.map((action) => `dynamodb:${action}`).join(' ')} @ {Table.Arn}`;
const wake = 'sqs:SendMessage @ {QueuesWake.Arn}';
const invokeBoth = 'lambda:InvokeFunction @ {Provision.Arn} {Register.Arn}';

const doorbell = 'arn:aws:execute-api:REGION:ACCOUNT:{DoorbellApi}';
const ec2 = 'arn:aws:ec2:REGION:ACCOUNT';
const ours = `ArnEquals ec2:LaunchTemplate=${ec2}:launch-template/{LaunchTemplatesArm}|${ec2}:launch-template/{LaunchTemplatesX86}`;
const created = `${ec2}:instance/* ${ec2}:network-interface/* ${ec2}:volume/*`;

const EXPECTED: Record<string, string[]> = {
  ApiRole: [logs('Api'), items('GetItem', 'PutItem', 'Query'), wake],
  AgentApiRole: [logs('AgentApi'), items('GetItem', 'PutItem'), wake],
  EventsRole: [
    logs('Events'),
    items('GetItem', 'PutItem', 'Query'),
    wake,
    'lambda:InvokeFunction @ {Provision.Arn}',
  ],
  ReconcileRole: [
    logs('Reconcile'),
    items('DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    'sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage sqs:SendMessage @ {QueuesWake.Arn}',
    invokeBoth,
    `execute-api:ManageConnections @ ${doorbell}/live/POST/@connections/*`,
  ],
  DoorbellRole: [
    logs('Doorbell'),
    items('DeleteItem', 'GetItem', 'PutItem'),
    `execute-api:ManageConnections @ ${doorbell}/live/POST/@connections/*`,
  ],
  TickRole: [
    logs('Tick'),
    items('GetItem', 'PutItem', 'Query'),
    'sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage @ {QueuesTick.Arn}',
    'sqs:SendMessage @ {QueuesTick.Arn} {QueuesWake.Arn}',
    invokeBoth,
  ],
  RegisterRole: [
    logs('Register'),
    items('DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    wake,
    'route53:ChangeResourceRecordSets route53:ListResourceRecordSets @ arn:aws:route53:::hostedzone/{Zone}',
    'route53:GetChange @ arn:aws:route53:::change/*',
    'lambda:InvokeFunction @ {Register.Arn}',
  ],
  DeleteGuardRole: [
    logs('DeleteGuard'),
    'ec2:DescribeInstances @ *',
    'route53:ListResourceRecordSets @ arn:aws:route53:::hostedzone/{Zone}',
  ],
  ProvisionRole: [
    logs('Provision'),
    items('DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    wake,
    `ec2:RunInstances @ ${ec2}:launch-template/{LaunchTemplatesArm} ${ec2}:launch-template/{LaunchTemplatesX86}`,
    `ec2:RunInstances @ ${ec2}:security-group/{NetworkContainerPorts.GroupId} ${ec2}:security-group/{NetworkHosts.GroupId}` +
      ` ${ec2}:subnet/{NetworkVpcHostsSubnet1Subnet} ${ec2}:subnet/{NetworkVpcHostsSubnet2Subnet} if ${ours}`,
    `ec2:RunInstances @ arn:aws:ec2:REGION::image/* if ${ours} if Bool ec2:IsLaunchTemplateResource=true`,
    `ec2:RunInstances @ ${created} if ${ours} if StringEquals aws:RequestTag/berth:cluster=berth`,
    `ec2:CreateTags @ ${ec2}:fleet/* ${created} if StringEquals aws:RequestTag/berth:cluster=berth if StringEquals ec2:CreateAction=CreateFleet|RunInstances`,
    `ec2:CreateTags @ ${ec2}:instance/* if StringEquals aws:ResourceTag/berth:cluster=berth if ForAllValues:StringEquals aws:TagKeys=berth:host`,
    `ec2:CreateFleet @ ${ec2}:fleet/* ${ec2}:instance/* if StringEquals aws:RequestTag/berth:cluster=berth`,
    `ec2:CreateFleet @ arn:aws:ec2:REGION::image/* ${ec2}:launch-template/{LaunchTemplatesArm} ${ec2}:launch-template/{LaunchTemplatesX86}` +
      ` ${ec2}:network-interface/* ${ec2}:security-group/{NetworkContainerPorts.GroupId} ${ec2}:security-group/{NetworkHosts.GroupId}` +
      ` ${ec2}:subnet/{NetworkVpcHostsSubnet1Subnet} ${ec2}:subnet/{NetworkVpcHostsSubnet2Subnet} ${ec2}:volume/*`,
    'iam:PassRole @ {HostRole.Arn} if StringEquals iam:PassedToService=ec2.amazonaws.com',
    'ec2:DescribeInstanceStatus ec2:DescribeInstanceTypes ec2:DescribeInstances ec2:DescribeLaunchTemplateVersions ec2:DescribeSubnets pricing:GetProducts @ *',
    `ec2:TerminateInstances @ ${ec2}:instance/* if StringEquals aws:ResourceTag/berth:cluster=berth`,
  ],
};

describe('grants', () => {
  it('are written down here for every role', () => {
    expect(Object.keys(grants).toSorted()).toEqual([...Object.keys(EXPECTED), 'HostRole'].toSorted());
    expect(Object.keys(roles).toSorted()).toEqual(Object.keys(grants).toSorted());
  });

  it.each(Object.entries(EXPECTED))('of %s are exactly these', (role, lines) => {
    expect(grants[role]!.toSorted()).toEqual(lines.toSorted());
  });

  it('let a host call agents routes, open its doorbell, read its two addresses and fetch its archives, and nothing else', () => {
    const bucket = 'arn:aws:s3:::cdk-hnb659fds-assets-ACCOUNT-REGION';
    const [calls, parameters, objects, ...more] = grants['HostRole']!;
    expect(more).toEqual([]);
    const agents = 'arn:aws:execute-api:REGION:ACCOUNT:{HttpApi}/$default/*/v1/agent/*';
    expect(calls).toBe(`execute-api:Invoke @ ${doorbell}/live/$connect ${agents}`);
    const parameter = 'arn:aws:ssm:REGION:ACCOUNT:parameter';
    expect(parameters).toBe(
      `ssm:GetParameter @ ${parameter}{DoorbellParameter} ${parameter}{EndpointParameter}`,
    );
    expect(objects).toMatch(
      new RegExp(`^s3:GetObject @ ${bucket}/[0-9a-f]{64}\\.gz ${bucket}/[0-9a-f]{64}\\.gz$`),
    );
  });

  it('never name a whole service, and every resource only for actions that know none', () => {
    const all = Object.values(grants).flat();
    expect(all.filter((line) => /:\*/.test(line.split(' @ ')[0]!))).toEqual([]);
    expect(
      all
        .filter((line) => line.endsWith('@ *'))
        .every((line) => /^(?:(?:ec2:Describe\w+|pricing:GetProducts) )+@/.test(line)),
    ).toBe(true);
  });

  it('are ours alone: no role has a managed policy', () => {
    expect(Object.values(roles).filter(({ Properties }) => 'ManagedPolicyArns' in Properties)).toEqual([]);
  });
});

describe('trust', () => {
  const trusted = (role: string) => {
    const { Statement } = roles[role]!.Properties['AssumeRolePolicyDocument'] as { Statement: unknown[] };
    return Statement;
  };

  it('in the host role is for EC2 alone: a session name is an instance id only because EC2 gives it', () => {
    expect(trusted('HostRole')).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' } },
    ]);
  });

  it.each(Object.keys(EXPECTED))('in %s is for Lambda alone', (role) => {
    expect(trusted(role)).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
    ]);
  });
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { berthTemplate, render, resourcesOf } from '../support/berth-template.ts';

const template = berthTemplate();
const functions = resourcesOf(template, 'AWS::Lambda::Function');
const HANDLERS = join(import.meta.dirname, '../../functions/handlers');

/** Logical id by folder of the handler. */
const FUNCTIONS: Record<string, string> = {
  api: 'Api',
  'agent-api': 'AgentApi',
  reconcile: 'Reconcile',
  register: 'Register',
  provision: 'Provision',
  tick: 'Tick',
  events: 'Events',
  'delete-guard': 'DeleteGuard',
  doorbell: 'Doorbell',
};

const environmentOf = (id: string) =>
  (functions[id]!.Properties['Environment'] as { Variables: Record<string, unknown> }).Variables;

describe('functions', () => {
  it('are one for each handler', () => {
    const handlers = readdirSync(HANDLERS).filter((name) =>
      readdirSync(join(HANDLERS, name)).includes('handler.ts'),
    );
    expect(handlers.toSorted()).toEqual(Object.keys(FUNCTIONS).toSorted());
    expect(Object.keys(functions).toSorted()).toEqual(Object.values(FUNCTIONS).toSorted());
  });

  it.each(Object.entries(FUNCTIONS))(
    '%s has every variable of its schema and no other',
    async (handler, id) => {
      const { config } = (await import(join(HANDLERS, handler, 'config.ts'))) as {
        config: { shape: object };
      };
      const variables = Object.keys(environmentOf(id)).filter((name) => name !== 'NODE_OPTIONS');
      expect(variables.toSorted()).toEqual(Object.keys(config.shape).toSorted());
    },
  );

  it.each(Object.values(FUNCTIONS))('%s runs Node 24 on arm64 and logs JSON for two weeks', (id) => {
    const { Properties } = functions[id]!;
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    expect(Properties['LoggingConfig']).toMatchObject({
      LogFormat: 'JSON',
      LogGroup: { Ref: expect.anything() },
    });
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(Properties).not.toHaveProperty('TracingConfig');
  });

  it('keep no log group for ever', () => {
    for (const group of Object.values(resourcesOf(template, 'AWS::Logs::LogGroup')))
      expect(group).toMatchObject({ DeletionPolicy: 'Delete', Properties: { RetentionInDays: 14 } });
  });

  it('are quiet where START, END and REPORT lines would cost as much as the work', () => {
    const level = (id: string) =>
      (functions[id]!.Properties['LoggingConfig'] as { SystemLogLevel: string }).SystemLogLevel;
    expect(
      Object.keys(functions)
        .filter((id) => level(id) === 'WARN')
        .toSorted(),
    ).toEqual(['AgentApi', 'Doorbell', 'Tick']);
  });

  it('may recurse only where loops wake each other', () => {
    const allowed = Object.keys(functions).filter(
      (id) => functions[id]!.Properties['RecursiveLoop'] === 'Allow',
    );
    expect(allowed.toSorted()).toEqual(['Provision', 'Reconcile', 'Register', 'Tick']);
  });

  it('are not called again when an asynchronous call failed: the next tick makes up for it', () => {
    const configs = Object.values(resourcesOf(template, 'AWS::Lambda::EventInvokeConfig')).map(
      ({ Properties }) => [
        render(Properties['FunctionName']),
        Properties['MaximumRetryAttempts'],
        Properties['MaximumEventAgeInSeconds'],
      ],
    );
    expect(configs.toSorted()).toEqual([
      ['{Events}', 2, 600],
      ['{Provision}', 0, 60],
      ['{Register}', 0, 60],
      ['{Tick}', 0, 60],
    ]);
  });

  it('know their subnets and templates by what the stack made', () => {
    const provision = environmentOf('Provision');
    expect(render(provision['SUBNET_IDS'])).toBe(
      '{NetworkVpcHostsSubnet1Subnet},{NetworkVpcHostsSubnet2Subnet}',
    );
    expect(render(provision['LAUNCH_TEMPLATE_X86_64'])).toBe('{LaunchTemplatesX86}');
    expect(render(provision['LAUNCH_TEMPLATE_ARM64'])).toBe('{LaunchTemplatesArm}');
    expect(render(environmentOf('AgentApi')['HOST_ROLE_ID'])).toBe('{HostRole.RoleId}');
    expect(render(environmentOf('AgentApi')['HOST_ROLE_NAME'])).toBe('{HostRole}');
  });
});

describe('queues', () => {
  const queues = resourcesOf(template, 'AWS::SQS::Queue');
  const mappings = Object.values(resourcesOf(template, 'AWS::Lambda::EventSourceMapping'));

  it('are two standard ones, each with dead letters, encrypted by SQS itself', () => {
    expect(Object.keys(queues).toSorted()).toEqual([
      'QueuesTick',
      'QueuesTickDeadLetters',
      'QueuesWake',
      'QueuesWakeDeadLetters',
    ]);
    for (const { Properties } of Object.values(queues)) {
      expect(Properties).not.toHaveProperty('FifoQueue');
      expect(Properties).not.toHaveProperty('KmsMasterKeyId');
      expect(Properties['SqsManagedSseEnabled']).toBe(true);
    }
    for (const name of ['QueuesTick', 'QueuesWake']) {
      const redrive = queues[name]!.Properties['RedrivePolicy'] as { deadLetterTargetArn: unknown };
      expect(render(redrive.deadLetterTargetArn)).toBe(`{${name}DeadLetters.Arn}`);
    }
  });

  it('tell within a minute that there are dead letters', () => {
    const alarms = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm'));
    const watched = alarms.map(({ Properties }) => {
      expect(Properties).toMatchObject({
        ...{ MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum', Period: 60 },
        ...{ Threshold: 0, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1 },
        TreatMissingData: 'notBreaching',
      });
      const [dimension] = Properties['Dimensions'] as { Name: string; Value: unknown }[];
      return render(dimension?.Value);
    });
    expect(watched.toSorted()).toEqual([
      '{QueuesTickDeadLetters.QueueName}',
      '{QueuesWakeDeadLetters.QueueName}',
    ]);
  });

  it('refuse plain HTTP', () => {
    const policies = Object.values(resourcesOf(template, 'AWS::SQS::QueuePolicy'));
    expect(policies).toHaveLength(4);
    for (const { Properties } of policies)
      expect(JSON.stringify(Properties)).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
  });

  it('wake without delay, at most two at once, item by item', () => {
    expect(mappings.map(({ Properties }) => render(Properties['FunctionName'])).toSorted()).toEqual([
      '{Reconcile}',
      '{Tick}',
    ]);
    for (const { Properties } of mappings) {
      expect(Properties).toMatchObject({
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      });
      expect(Properties['MaximumBatchingWindowInSeconds'] ?? 0).toBe(0);
    }
  });

  it('hide a message for six times as long as its function may take', () => {
    for (const { Properties } of mappings) {
      const source = /^\{(.*)\.Arn\}$/.exec(render(Properties['EventSourceArn']))![1]!;
      const target = /^\{(.*)\}$/.exec(render(Properties['FunctionName']))![1]!;
      const timeout = functions[target]!.Properties['Timeout'] as number;
      expect(queues[source]!.Properties['VisibilityTimeout']).toBeGreaterThanOrEqual(6 * timeout);
    }
  });
});

describe('rules', () => {
  const rules = resourcesOf(template, 'AWS::Events::Rule');
  const targets = (id: string) =>
    (rules[id]!.Properties['Targets'] as { Arn: unknown }[]).map(({ Arn }) => render(Arn));

  it('are the minute and what EC2 tells of instances', () => {
    expect(Object.keys(rules).toSorted()).toEqual(['EventsInstances', 'TickEveryMinute']);
    expect(rules['TickEveryMinute']!.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
    });
    expect(targets('TickEveryMinute')).toEqual(['{Tick.Arn}']);
    expect(rules['EventsInstances']!.Properties['EventPattern']).toEqual({
      source: ['aws.ec2'],
      'detail-type': [
        'EC2 Instance State-change Notification',
        'EC2 Spot Instance Interruption Warning',
        'EC2 Instance Rebalance Recommendation',
      ],
    });
    expect(targets('EventsInstances')).toEqual(['{Events.Arn}']);
  });

  it('may call their function, each one only its own', () => {
    const permissions = Object.values(resourcesOf(template, 'AWS::Lambda::Permission'))
      .filter(({ Properties }) => Properties['Principal'] === 'events.amazonaws.com')
      .map(({ Properties }) => [render(Properties['FunctionName']), render(Properties['SourceArn'])]);
    expect(permissions.toSorted()).toEqual([
      ['{Events.Arn}', '{EventsInstances.Arn}'],
      ['{Tick.Arn}', '{TickEveryMinute.Arn}'],
    ]);
  });
});

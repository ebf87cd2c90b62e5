/**
 * Promise: with no host, a cluster costs less than $2 a month. Every resource type of the template has a price here;
 * a type without one is red, so that nobody adds a NAT gateway, a dashboard or a key unawares.
 */
import { describe, expect, it } from '@jest/globals';
import { berthTemplate, type CfnResourceShape, type TemplateShape } from '../support/berth-template.ts';

/** List prices of us-east-1 in dollars, as published on 22 Nov 2026; free tiers left out. */
const PRICES = {
  hostedZoneMonth: 0.5,
  sqsRequest: 0.4e-6,
  lambdaRequest: 0.2e-6,
  lambdaArmGbSecond: 0.0000133334,
  dynamoReadUnit: 0.125e-6,
  logGb: 0.5,
  s3GbMonth: 0.023,
  alarmMonth: 0.1,
} as const;

const MINUTES_A_MONTH = 30 * 24 * 60;
/** Seen of an idle event-source mapping: about 15 polls a minute, whatever its concurrency. */
const POLLS_A_MINUTE = 15;
/** An idle tick: a warm function that reads a handful of empty key ranges and sends nothing. */
const TICK = { seconds: 0.2, gb: 0.25, readUnits: 12, logBytes: 500 };
/** Two archives of about 46 MB, eight bundles of about 1 MB with their maps; twenty versions of all that are kept. */
const ASSETS_GB = 20 * 0.11;

type Price = (resource: CfnResourceShape, template: TemplateShape) => number;
const free: Price = () => 0;

const MONTHLY: Record<string, Price> = {
  'AWS::Route53::HostedZone': () => PRICES.hostedZoneMonth,
  'AWS::Lambda::EventSourceMapping': () => POLLS_A_MINUTE * MINUTES_A_MONTH * PRICES.sqsRequest,
  // One metric at standard resolution.
  'AWS::CloudWatch::Alarm': () => PRICES.alarmMonth,
  'AWS::Events::Rule': ({ Properties }) =>
    'ScheduleExpression' in Properties ? MINUTES_A_MONTH * tick() : 0,
  'AWS::DynamoDB::Table': () => ASSETS_GB * PRICES.s3GbMonth,
  // Billed by use, and an idle cluster does not use them.
  'AWS::ApiGatewayV2::Api': free,
  'AWS::ApiGatewayV2::Integration': free,
  'AWS::ApiGatewayV2::Route': free,
  'AWS::ApiGatewayV2::Stage': free,
  'AWS::Lambda::Function': free,
  // Asked when the stack is deleted, and at no other time.
  'Custom::BerthDeleteGuard': free,
  'AWS::Logs::LogGroup': free,
  'AWS::SQS::Queue': free,
  // Free.
  'AWS::EC2::InternetGateway': free,
  'AWS::EC2::LaunchTemplate': free,
  'AWS::EC2::Route': free,
  'AWS::EC2::RouteTable': free,
  'AWS::EC2::SecurityGroup': free,
  'AWS::EC2::Subnet': free,
  'AWS::EC2::SubnetRouteTableAssociation': free,
  'AWS::EC2::VPC': free,
  'AWS::EC2::VPCGatewayAttachment': free,
  // Gateway endpoints are free; interface endpoints cost $7.30 a month and zone.
  'AWS::EC2::VPCEndpoint': ({ Properties }) => (Properties['VpcEndpointType'] === 'Gateway' ? 0 : 7.3),
  'AWS::IAM::InstanceProfile': free,
  'AWS::IAM::Policy': free,
  'AWS::IAM::Role': free,
  'AWS::Lambda::EventInvokeConfig': free,
  'AWS::Lambda::Permission': free,
  'AWS::SQS::QueuePolicy': free,
  // Parameters of the standard tier.
  'AWS::SSM::Parameter': ({ Properties }) => (Properties['Tier'] === 'Advanced' ? 0.05 : 0),
};

function tick(): number {
  const lambda = PRICES.lambdaRequest + TICK.seconds * TICK.gb * PRICES.lambdaArmGbSecond;
  return lambda + TICK.readUnits * PRICES.dynamoReadUnit + (TICK.logBytes / 1e9) * PRICES.logGb;
}

function monthly(template: TemplateShape): { dollars: number; unpriced: string[] } {
  const resources = Object.values(template.Resources);
  const unpriced = resources.map(({ Type }) => Type).filter((type) => !(type in MONTHLY));
  const dollars = resources.reduce(
    (sum, resource) => sum + (MONTHLY[resource.Type]?.(resource, template) ?? 0),
    0,
  );
  return { dollars, unpriced };
}

describe('an idle cluster', () => {
  it('has a price for each of its resources, and stays under $2 a month', () => {
    const { dollars, unpriced } = monthly(berthTemplate());
    expect(unpriced).toEqual([]);
    expect(dollars).toBeGreaterThan(PRICES.hostedZoneMonth);
    expect(dollars).toBeLessThan(2);
  });

  it('would be seen to grow by what is easily added', () => {
    const template = berthTemplate();
    const withMore = (Type: string, Properties: Record<string, unknown> = {}) =>
      monthly({ ...template, Resources: { ...template.Resources, More: { Type, Properties } } });
    for (const type of [
      'AWS::EC2::NatGateway',
      'AWS::CloudWatch::Dashboard',
      'AWS::KMS::Key',
      'AWS::EC2::EIP',
    ])
      expect(withMore(type).unpriced).toEqual([type]);
    expect(withMore('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Interface' }).dollars).toBeGreaterThan(7);
    const polled = withMore('AWS::Lambda::EventSourceMapping').dollars - monthly(template).dollars;
    expect(polled).toBeCloseTo(0.26, 2);
  });
});

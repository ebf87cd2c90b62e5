/** The Query protocol, in and out. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeForm } from '../../../../local/ec2/wire/decode-form.ts';
import { encodeError, encodeReply } from '../../../../local/ec2/wire/encode-xml.ts';
import { wireOperation } from '../../../../local/ec2/wire/operations.ts';
import { codeOf } from './model-for-tests.ts';

const run = wireOperation('RunInstances');
const decode = (form: string) => decodeForm(new URLSearchParams(form), run.input);

describe('a form', () => {
  it('becomes the SDK’s input: structures, lists, numbers, booleans', () => {
    const form =
      'MinCount=1&MaxCount=2&DryRun=true&ClientToken=a%26b&LaunchTemplate.LaunchTemplateId=lt-1&' +
      'TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=a&TagSpecification.1.Tag.1.Value=&' +
      'TagSpecification.1.Tag.2.Key=b&NetworkInterface.1.SecurityGroupId.1=sg-1';
    expect(decode(form)).toEqual({
      MinCount: 1,
      MaxCount: 2,
      DryRun: true,
      ClientToken: 'a&b',
      LaunchTemplate: { LaunchTemplateId: 'lt-1' },
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: '' }, { Key: 'b' }] }],
      NetworkInterfaces: [{ Groups: ['sg-1'] }],
    });
  });

  it('keeps the order of more than nine items', () => {
    const names = Array.from({ length: 12 }, (_, index) => `i-${index}`);
    const form = new URLSearchParams(
      names.map((name, index): [string, string] => [`InstanceId.${index + 1}`, name]),
    );
    expect(decodeForm(form, wireOperation('DescribeInstances').input)).toEqual({ InstanceIds: names });
  });

  it.each([
    ['Nonsense=1', 'UnknownParameter'],
    ['minCount=1', 'UnknownParameter'],
    ['LaunchTemplate.Nonsense=1', 'UnknownParameter'],
    ['TagSpecification.Nonsense=1', 'UnknownParameter'],
    ['TagSpecification.2.ResourceType=instance', 'UnknownParameter'],
    ['MinCount.1=1', 'UnknownParameter'],
    ['LaunchTemplate=lt-1', 'InvalidParameterValue'],
    ['MinCount=one', 'InvalidParameterValue'],
    ['MinCount=1.5', 'InvalidParameterValue'],
    ['DryRun=yes', 'InvalidParameterValue'],
    ['MinCount=1&MinCount=2', 'InvalidParameterValue'],
    ['SubnetId=a&SubnetId.1=b', 'UnknownParameter'],
    ['constructor=1', 'UnknownParameter'],
    ['__proto__.x=1', 'UnknownParameter'],
  ])('%s is refused as %s', (form, code) => {
    expect(codeOf(() => decode(form))).toBe(code);
  });

  it('is decoded or refused, never anything else', () => {
    const name = fc.array(fc.constantFrom('Tag', 'TagSpecification', '1', '2', 'Key', 'MinCount', '', 'x'), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string()), { maxLength: 8 }), (pairs) => {
        const form = new URLSearchParams(
          pairs.map(([parts, value]): [string, string] => [parts.join('.'), value]),
        );
        const code = codeOf(() => decodeForm(form, run.input));
        expect(['ok', 'UnknownParameter', 'InvalidParameterValue']).toContain(code);
      }),
    );
  });
});

describe('a reply', () => {
  it('has EC2’s names, lists of items and escaped text', () => {
    const xml = encodeReply(
      'RunInstances',
      {
        ReservationId: 'r-1',
        Groups: [],
        Instances: [{ InstanceId: 'i-1', Tags: [{ Key: '<a>', Value: 'b & "c"' }], LaunchTime: new Date(0) }],
      },
      { schema: run.output, requestId: 'id' },
    );
    expect(xml).toContain(
      '<RunInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>id</requestId>',
    );
    expect(xml).toContain('<instancesSet><item>');
    expect(xml).toContain('<tagSet><item><key>&lt;a&gt;</key><value>b &amp; "c"</value></item></tagSet>');
    expect(xml).toContain('<launchTime>1970-01-01T00:00:00.000Z</launchTime>');
  });

  it('never leaves out a field that EC2 does not have', () => {
    const encode = () =>
      encodeReply('RunInstances', { Nonsense: 1 }, { schema: run.output, requestId: 'id' });
    expect(encode).toThrow('Nonsense');
  });

  it('tells errors in EC2’s own form', () => {
    expect(encodeError('A.B', 'x < y', 'id')).toContain(
      '<Response><Errors><Error><Code>A.B</Code><Message>x &lt; y</Message></Error></Errors><RequestID>id</RequestID>',
    );
  });
});

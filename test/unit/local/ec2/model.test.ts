/** Rules of the model that the contract suite does not reach: fields, buckets, forgetting, the ring, the pool. */
import { describe, expect, it } from '@jest/globals';
import { matchesPattern } from '../../../../local/ec2/emulator/rules.ts';
import type { Actions } from '../../../../local/ec2/model/ec2.ts';
import { createAddressPool } from '../../../../local/ec2/model/parts/address-pool.ts';
import { INSTANCE_TYPES } from '../../../../local/ec2/model/parts/instance-types.ts';
import { createMemoryCatalog } from '../../../../local/ec2/model/parts/memory-catalog.ts';
import { launchInput, START_MS } from '../../../contract/ec2/subject.ts';
import { codeOf, modelForTests } from './model-for-tests.ts';

describe('input', () => {
  it.each([
    ['RunInstances', { EbsOptimized: true }],
    ['RunInstances', { LaunchTemplate: { Nonsense: 'x' } }],
    ['RunInstances', { constructor: 'x' }],
    ['DescribeInstances', { IncludeManagedResources: true }],
    ['TerminateInstances', { Force: true }],
    ['CreateTags', { Tags: [{ Key: 'a', Value: 'b', Nonsense: 'c' }] }],
    ['DescribeInstanceTypes', { Nonsense: [] }],
  ] as const)('of %s with %j is refused', (action, input) => {
    const { model } = modelForTests();
    expect(codeOf(() => model.call(action, input as Actions[typeof action]['input']))).toBe(
      'UnknownParameter',
    );
  });

  it('of a wrong type is refused, and an undefined field is none', () => {
    const { model, account, launch } = modelForTests();
    const wrong = { ...launchInput(account), MinCount: '1' as unknown as number };
    expect(codeOf(() => model.call('RunInstances', wrong))).toBe('InvalidParameterValue');
    expect(launch({ KeyName: undefined })).toHaveLength(1);
  });
});

describe('templates', () => {
  const withData = (data: object) => {
    const { account } = modelForTests();
    const catalog = createMemoryCatalog({
      launchTemplates: [
        {
          id: account.template,
          name: 'x',
          versions: [{ ImageId: account.image, InstanceType: 't3.small', ...data }],
        },
      ],
      subnets: [{ id: account.subnetA, vpcId: 'vpc-1', zone: 'z', givesPublicAddress: true, tags: {} }],
      images: [{ id: account.image, architecture: 'x86_64' }],
      parameters: { '/image': account.image },
    });
    return modelForTests({ catalog });
  };
  const outcome = (data: object) => {
    const { launch } = withData(data);
    return codeOf(() => launch());
  };

  it('with a field that a launch does not honour are refused', () => {
    expect(outcome({ HibernationOptions: { Configured: true } })).toBe('Unsupported');
    expect(outcome({})).toBe('ok');
  });

  it('name things that must exist', () => {
    expect(outcome({ SecurityGroupIds: ['sg-0123456789abcdef0'] })).toBe('InvalidGroup.NotFound');
    expect(outcome({ IamInstanceProfile: { Name: 'nobody' } })).toBe('InvalidParameterValue');
    expect(outcome({ ImageId: 'ami-0123456789abcdef0' })).toBe('InvalidAMIID.NotFound');
    expect(outcome({ ImageId: 'image' })).toBe('InvalidAMIID.Malformed');
    expect(outcome({ ImageId: 'resolve:ssm:/image' })).toBe('ok');
    expect(outcome({ ImageId: 'resolve:ssm:/other' })).toBe('InvalidParameterValue');
  });

  it('hold at most 16 KiB of user data, in base64', () => {
    const bytes = (count: number) => ({ UserData: Buffer.alloc(count, 'x').toString('base64') });
    expect(outcome(bytes(16_384))).toBe('ok');
    expect(outcome(bytes(16_385))).toBe('InvalidParameterValue');
    expect(outcome({ UserData: '#!/bin/sh' })).toBe('InvalidParameterValue');
  });

  it('may protect an instance from termination', () => {
    const { model, launch } = withData({ DisableApiTermination: true });
    const InstanceIds = [...launch()];
    expect(codeOf(() => model.call('TerminateInstances', { InstanceIds }))).toBe('OperationNotPermitted');
    expect(model.instances()[0]!.state).toBe('pending');
  });
});

describe('addresses', () => {
  /** A subnet with so many addresses left. */
  const poolOf = (count: number) => {
    const free = Array.from({ length: count }, (_, index) => `10.77.9.${index + 11}`);
    return { take: () => free.shift(), release: (address: string) => void free.push(address) };
  };

  it('run out, and a launch that finds too few keeps none', () => {
    const { model, launch } = modelForTests({ addresses: poolOf(2) });
    const three = () => launch({ MinCount: 3, MaxCount: 3 });
    expect(codeOf(three)).toBe('InsufficientFreeAddressesInSubnet');
    expect(model.instances()).toHaveLength(0);
    expect(launch({ MinCount: 1, MaxCount: 3 })).toHaveLength(2);
    expect(codeOf(() => launch())).toBe('InsufficientFreeAddressesInSubnet');
  });

  it('come back when the instance is terminated, not before', () => {
    const { model, clock, launch } = modelForTests({ addresses: poolOf(1) });
    model.call('TerminateInstances', { InstanceIds: [...launch()] });
    clock.nowMs += 1999;
    expect(codeOf(() => launch())).toBe('InsufficientFreeAddressesInSubnet');
    clock.nowMs += 1;
    expect(launch()).toHaveLength(1);
  });
});

describe('a dry run', () => {
  it('has no effect, whatever the action', () => {
    const { model, launch } = modelForTests();
    const [id = ''] = launch();
    const dry = { DryRun: true };
    const inputs = [
      ['TerminateInstances', { InstanceIds: [id], ...dry }],
      ['CreateTags', { Resources: [id], Tags: [{ Key: 'new', Value: 'tag' }], ...dry }],
      ['DescribeInstances', { InstanceIds: [id], ...dry }],
      ['DescribeInstanceTypes', dry],
    ] as const;
    for (const [action, input] of inputs)
      expect([action, codeOf(() => model.call(action, input as never))]).toEqual([action, 'DryRunOperation']);
    expect(model.instances()[0]!.state).toBe('pending');
    expect(model.tagsOf(id)!.has('new')).toBe(false);
  });

  it('said to be none is the same request as one that says nothing', () => {
    const { launch } = modelForTests();
    expect(launch({ ClientToken: 't', DryRun: false })).toEqual(launch({ ClientToken: 't' }));
  });
});

describe('buckets', () => {
  it('bound how many instances are launched, not only how many calls', () => {
    const { clock, launch } = modelForTests({ vcpuLimit: 10_000 });
    const many = (count: number) => codeOf(() => launch({ MinCount: count, MaxCount: count }));
    expect(many(1001)).toBe('RequestLimitExceeded');
    expect(many(200)).toBe('ok');
    clock.nowMs += 1000;
    expect(many(803)).toBe('RequestLimitExceeded');
  });

  it('are smaller for DescribeInstances without filter and page', () => {
    const { model } = modelForTests();
    const count = (input: object) => {
      let passed = 0;
      while (codeOf(() => model.call('DescribeInstances', input)) === 'ok') passed += 1;
      return passed;
    };
    expect(count({})).toBe(50);
    expect(count({ MaxResults: 5 })).toBe(100);
  });
});

describe('time', () => {
  it('says when something happens next, and lets it happen in order', () => {
    const { model, clock, launch } = modelForTests();
    const heard: string[] = [];
    model.onStateChange(({ instance, state, atMs }) =>
      heard.push(`${instance.launchIndex} ${state} ${atMs - START_MS}`),
    );
    expect(model.nextChangeAt()).toBeUndefined();
    const [first] = launch({ MinCount: 2, MaxCount: 2 });
    expect(model.nextChangeAt()).toBe(START_MS + 1000);
    clock.nowMs += 500;
    model.call('TerminateInstances', { InstanceIds: [first!] });
    clock.nowMs += 5000;
    model.settle();
    expect(heard).toEqual([
      '0 pending 0',
      '1 pending 0',
      '0 shutting-down 500',
      '1 running 1000',
      '0 terminated 2500',
    ]);
    expect(model.nextChangeAt()).toBe(START_MS + 2500 + 3600_000);
  });
});

describe('calls', () => {
  it('are noted with outcome and used permissions, the last 10,000 of them', () => {
    const { model, clock, launch } = modelForTests();
    launch();
    codeOf(() => launch({ InstanceType: 'x' as 't3.small' }));
    const [ok, refused] = model.calls.entries();
    expect(ok).toMatchObject({ action: 'RunInstances', outcome: 'ok', atMs: START_MS });
    expect(ok!.used.map(({ action }) => action)).toContain('iam:PassRole');
    expect(refused).toMatchObject({ outcome: 'InvalidParameterValue', used: [] });
    for (let count = 0; count < 10_050; count += 1) {
      clock.nowMs += 100;
      model.call('DescribeInstances', { MaxResults: 5 });
    }
    expect(model.calls.entries()).toHaveLength(10_000);
    expect(model.calls.entries().at(-1)!.atMs).toBe(clock.nowMs);
  });
});

describe('parts', () => {
  it('hand out addresses in a circle, each to one instance', () => {
    const pool = createAddressPool('10.77.3');
    const all = Array.from({ length: 244 }, () => pool.take());
    expect(all[0]).toBe('10.77.3.11');
    expect(all.at(-1)).toBe('10.77.3.254');
    expect(new Set(all).size).toBe(244);
    expect(pool.take()).toBeUndefined();
    pool.release('10.77.3.200');
    pool.release('10.77.3.20');
    expect(pool.take()).toBe('10.77.3.20');
    expect(pool.take()).toBe('10.77.3.200');
  });

  it('know every size that Berth may be told to use', () => {
    for (const size of ['nano', 'micro', 'small', 'medium', 'large', 'xlarge'])
      for (const family of ['t3', 't4g']) expect(INSTANCE_TYPES.has(`${family}.${size}`)).toBe(true);
    for (const size of ['large', 'xlarge', '2xlarge'])
      for (const family of ['c7i', 'c7g', 'm7i', 'm7g'])
        expect(INSTANCE_TYPES.has(`${family}.${size}`)).toBe(true);
    expect(INSTANCE_TYPES.get('m7g.2xlarge')).toMatchObject({
      vcpus: 8,
      memoryMib: 32_768,
      architecture: 'arm64',
    });
  });

  it('match event patterns by value and prefix, and are loud about others', () => {
    const event = { source: 'aws.ec2', detail: { state: 'running' } };
    expect(matchesPattern({ source: ['aws.ec2'] }, event)).toBe(true);
    expect(matchesPattern({ source: ['aws.s3', { prefix: 'aws.e' }] }, event)).toBe(true);
    expect(matchesPattern({ source: ['aws.ec2'], detail: { state: ['stopped'] } }, event)).toBe(false);
    expect(matchesPattern({ region: ['us-east-1'] }, event)).toBe(false);
    expect(() => matchesPattern({ source: [{ 'anything-but': 'x' }] }, event)).toThrow('anything-but');
  });
});

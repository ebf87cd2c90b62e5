import { describe, expect, it } from '@jest/globals';
import { classifyError, classifyLaunchError } from '../../../../functions/adapters/ec2/classify-error.ts';
import type { Ec2Sender } from '../../../../functions/adapters/ec2/clients.ts';
import { ec2HostLauncher, toView } from '../../../../functions/adapters/ec2/host-launcher.ts';
import { fleetInput } from '../../../../functions/adapters/ec2/launch.ts';
import { onDemandQuota } from '../../../../functions/adapters/ec2/quotas.ts';
import { ForbiddenError, NotFoundError, ThrottledError } from '../../../../functions/usecases/errors.ts';
import { launchParameters } from '../../../support/stored-rows.ts';

const thrown = (name: string, message = name, status?: number): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });

describe('what may be done after a launch that failed', () => {
  it.each([
    ['InsufficientInstanceCapacity', 'no-capacity'],
    ['InsufficientHostCapacity', 'no-capacity'],
    ['InsufficientFreeAddressesInSubnet', 'no-capacity'],
    ['VcpuLimitExceeded', 'account-limit'],
    ['InstanceLimitExceeded', 'account-limit'],
    ['MaxSpotInstanceCountExceeded', 'account-limit'],
    ['IdempotentParameterMismatch', 'token-spent'],
    ['IdempotentInstanceTerminated', 'token-spent'],
    ['UnauthorizedOperation', 'refused'],
    ['AuthFailure', 'refused'],
    ['InvalidParameterValue', 'refused'],
    ['InvalidParameterCombination', 'refused'],
    ['InvalidLaunchTemplateId.NotFound', 'refused'],
    ['InvalidLaunchTemplateId.VersionNotFound', 'refused'],
    ['InvalidSubnetID.NotFound', 'refused'],
    ['InvalidAMIID.Unavailable', 'refused'],
    ['InvalidGroup.NotFound', 'refused'],
    ['MissingParameter', 'refused'],
    ['UnknownParameter', 'refused'],
    ['PendingVerification', 'refused'],
    ['OptInRequired', 'refused'],
    ['RequestLimitExceeded', 'unknown'],
    ['Throttling', 'unknown'],
    ['InternalError', 'unknown'],
    ['InternalFailure', 'unknown'],
    ['ServiceUnavailable', 'unknown'],
    ['Unavailable', 'unknown'],
    ['TimeoutError', 'unknown'],
    ['ECONNRESET', 'unknown'],
    ['ToldTomorrow', 'unknown'],
    ['toString', 'unknown'],
  ])('%s: %s', (name, kind) => {
    expect(classifyLaunchError(thrown(name), 't4g.small')).toMatchObject({
      kind,
      message: `${name}: ${name}`,
    });
  });

  it('capacity is known by its code although EC2 sends it as a server error', () => {
    const error = thrown('InsufficientInstanceCapacity', 'none', 500);
    expect(classifyLaunchError(error, 't3.small').kind).toBe('no-capacity');
  });

  it('a type that the zone does not offer is no capacity, anything else unsupported is refused', () => {
    const zone =
      'Your requested instance type (t4g.small) is not supported in your requested Availability Zone';
    expect(classifyLaunchError(thrown('Unsupported', zone), 't4g.small').kind).toBe('no-capacity');
    expect(classifyLaunchError(thrown('Unsupported', 'boot mode'), 't4g.small').kind).toBe('refused');
  });

  it('names the quota of the type’s family', () => {
    const outcome = (name: string, type: string) => classifyLaunchError(thrown(name), type);
    expect(outcome('VcpuLimitExceeded', 't4g.small')).toMatchObject({ quota: 'L-1216C47A' });
    expect(outcome('VcpuLimitExceeded', 'g5.xlarge')).toMatchObject({ quota: 'L-DB2E81BA' });
    expect(outcome('MaxSpotInstanceCountExceeded', 'm7i.large')).toMatchObject({ quota: 'L-34B43A08' });
  });

  it('knows families by their letters: i and inf, t and trn, d and dl are not the same', () => {
    const standard = ['a1', 'c7g', 'd3', 'h1', 'i4i', 'm7i', 'r7g', 't3', 'z1d', 'im4gn', 'is4gen'];
    for (const family of standard)
      expect([family, onDemandQuota(`${family}.large`)]).toEqual([family, 'L-1216C47A']);
    expect(onDemandQuota('inf2.xlarge')).toBe('L-1945791B');
    expect(onDemandQuota('trn1.2xlarge')).toBe('L-2C3B7624');
    expect(onDemandQuota('dl1.24xlarge')).toBe('L-6E869C2A');
    expect(onDemandQuota('p5.48xlarge')).toBe('L-417A185B');
  });

  it('keeps the reason short: encoded authorization details are kilobytes', () => {
    const { kind, message } = classifyLaunchError(
      thrown('UnauthorizedOperation', 'x'.repeat(5_000)),
      't3.nano',
    ) as {
      kind: string;
      message: string;
    };
    expect(kind).toBe('refused');
    expect(message).toHaveLength(400);
  });
});

describe('errors of other calls', () => {
  it.each([
    ['RequestLimitExceeded', ThrottledError],
    ['UnauthorizedOperation', ForbiddenError],
    ['InvalidLaunchTemplateId.NotFound', NotFoundError],
  ])('%s', (name, kind) => {
    expect(classifyError(thrown(name))).toBeInstanceOf(kind);
  });
  it('are thrown on unchanged when unknown', () => {
    const error = thrown('InternalError');
    expect(classifyError(error)).toBe(error);
  });
});

describe('the request of a batch', () => {
  it('is one instant fleet with its token, its offerings in their order, and tags from the first moment on', () => {
    const owner = { Key: 'berth:cluster', Value: 'berth' };
    expect(fleetInput('berth', launchParameters())).toEqual({
      Type: 'instant',
      ClientToken: 'token-1',
      LaunchTemplateConfigs: [
        {
          LaunchTemplateSpecification: { LaunchTemplateId: 'lt-00000000000000001', Version: '1' },
          Overrides: [{ InstanceType: 't4g.small', SubnetId: 'subnet-a', Priority: 0 }],
        },
      ],
      TargetCapacitySpecification: { TotalTargetCapacity: 2, DefaultTargetCapacityType: 'on-demand' },
      OnDemandOptions: { AllocationStrategy: 'prioritized' },
      TagSpecifications: [
        { ResourceType: 'fleet', Tags: [owner] },
        { ResourceType: 'instance', Tags: [owner, { Key: 'berth:intent', Value: 'b-1' }] },
      ],
    });
  });
});

describe('what EC2 tells of an instance', () => {
  it('is taken with little: a host’s tag may be missing, an address may not be there yet', () => {
    expect(toView({ InstanceId: 'i-1', ClientToken: '' })).toEqual({
      instanceId: 'i-1',
      state: 'pending',
      host: null,
      batch: null,
      instanceType: '',
      subnetId: '',
      zone: '',
      address: null,
      launchedAtMs: 0,
    });
  });
});

describe('the launcher', () => {
  const launcherOver = (send: (command: object) => Promise<object>) => {
    const sender = { send } as unknown as Ec2Sender;
    return ec2HostLauncher({
      clients: { once: sender, retrying: sender },
      cluster: 'berth',
      launchTemplates: { x86_64: 'lt-x', arm64: 'lt-a' },
      templatesByGroups: { web: { x86_64: 'lt-web-x', arm64: 'lt-web-a' } },
      subnetIds: ['subnet-a'],
    });
  };

  it('does not know what an answer without an instance means', async () => {
    const outcome = await launcherOver(() => Promise.resolve({})).launch(launchParameters());
    expect(outcome.kind).toBe('unknown');
  });

  it('knows failures of offerings by their codes; what it does not know has failed for now', async () => {
    const from = { Overrides: { InstanceType: 't4g.small', SubnetId: 'subnet-a' } };
    const codes = ['InsufficientInstanceCapacity', 'VcpuLimitExceeded', 'UnauthorizedOperation', 'Odd'];
    const Errors = codes.map((ErrorCode) => ({ ErrorCode, LaunchTemplateAndOverrides: from }));
    const answer = { FleetId: 'fleet-1', Errors };
    const outcome = await launcherOver(() => Promise.resolve(answer)).launch(launchParameters());
    const [offering] = launchParameters().offerings;
    expect(outcome).toMatchObject({
      kind: 'answered',
      instances: [],
      failures: [
        { kind: 'no-capacity', offering },
        { kind: 'account-limit', offering, quota: 'L-1216C47A' },
        { kind: 'refused', offering },
        { kind: 'failed', offering },
      ],
    });
  });

  it('says that a protected instance was not accepted, and throws what it does not know', async () => {
    const failing = (name: string) => launcherOver(() => Promise.reject(thrown(name)));
    expect(await failing('OperationNotPermitted').terminate('i-1')).toBe(false);
    expect(await failing('InvalidInstanceID.NotFound').terminate('i-1')).toBe(true);
    await expect(failing('InternalError').terminate('i-1')).rejects.toThrow('InternalError');
  });

  it('reads the template of the architecture that is asked for', async () => {
    const asked: unknown[] = [];
    const launcher = launcherOver((command) => {
      asked.push((command as { input: { LaunchTemplateId: string } }).input.LaunchTemplateId);
      return Promise.resolve({ LaunchTemplateVersions: [{ VersionNumber: 12 }] });
    });
    expect(await launcher.launchTemplate('arm64')).toEqual({
      launchTemplateId: 'lt-a',
      launchTemplateVersion: '12',
    });
    await launcher.launchTemplate('x86_64');
    await launcher.launchTemplate('arm64', 'web');
    expect(asked).toEqual(['lt-a', 'lt-x', 'lt-web-a']);
    expect(launcher.securityGroups).toEqual(['web']);
    for (const unknown of ['db', 'toString'])
      await expect(launcher.launchTemplate('arm64', unknown)).rejects.toThrow(
        `no launch template has the security groups "${unknown}"`,
      );
    expect(asked).toHaveLength(3);
  });

  it('asks for a size once even when many ask at the same time', async () => {
    let calls = 0;
    const launcher = launcherOver(() => {
      calls += 1;
      const type = { VCpuInfo: { DefaultVCpus: 2 }, MemoryInfo: { SizeInMiB: 2_048 } };
      return Promise.resolve({ InstanceTypes: [type] });
    });
    await Promise.all([1, 2, 3].map(() => launcher.sizeOf('t4g.small')));
    expect(calls).toBe(1);
  });
});

import { beforeEach, describe, expect, it } from '@jest/globals';
import { createMetadataService } from '../../../../local/metal/imds/answer.ts';
import type { InstanceMetadata } from '../../../../local/metal/imds/metadata.ts';

const HOST = '10.77.0.11';
const OTHER = '10.77.0.12';
const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN = 'x-aws-ec2-metadata-token';

const instance = (address: string): InstanceMetadata => ({
  instanceId: `i-${address.replaceAll('.', '').padStart(17, '0')}`,
  instanceType: 't3.small',
  imageId: 'ami-1',
  architecture: 'x86_64',
  accountId: '000000000000',
  region: 'us-east-1',
  zone: 'us-east-1a',
  address,
  hostname: 'ip-10-77-0-11.ec2.internal',
  launchedAt: '2026-01-01T00:00:00Z',
  tags: { Name: 'one', 'berth:host': 'h-1' },
  role: { name: 'host-role', arn: 'arn:aws:iam::000000000000:role/host-role' },
  userData: '#!/bin/sh\n',
});

let now: number;
let instances: Map<string, InstanceMetadata>;
let service: ReturnType<typeof createMetadataService>;
beforeEach(() => {
  now = 1_000_000;
  let count = 0;
  instances = new Map([HOST, OTHER].map((address) => [address, instance(address)]));
  service = createMetadataService({
    source: { describe: (address) => instances.get(address) },
    credentials: (role, instanceId) =>
      role.name === 'host-role'
        ? Promise.resolve({
            accessKeyId: `key of ${instanceId}`,
            secretAccessKey: 'secret',
            sessionToken: 'token',
            expiration: new Date('2026-01-01T01:00:00.123Z'),
            updated: new Date('2026-01-01T00:00:00.123Z'),
          })
        : Promise.reject(new Error('no such role')),
    now: () => now,
    newToken: () => `token-${String(++count)}`,
  });
});

const ask = (method: string, path: string, headers: Record<string, string> = {}, source = HOST) =>
  service({ source, method, path, headers });
const open = async (seconds = '60', source = HOST) =>
  (await ask('PUT', '/latest/api/token', { [TTL]: seconds }, source)).body;
const get = async (path: string, source = HOST) =>
  ask('GET', `/latest/${path}`, { [TOKEN]: await open('60', source) }, source);

describe('the metadata service', () => {
  it.each([
    ['meta-data/instance-id', instance(HOST).instanceId],
    ['meta-data/local-ipv4', HOST],
    ['meta-data/local-hostname', 'ip-10-77-0-11.ec2.internal'],
    ['meta-data/placement/region', 'us-east-1'],
    ['meta-data/placement/availability-zone', 'us-east-1a'],
    ['meta-data/instance-type', 't3.small'],
    ['meta-data/ami-id', 'ami-1'],
    ['meta-data/tags/instance/', 'Name\nberth:host'],
    ['meta-data/tags/instance/berth:host', 'h-1'],
    ['meta-data/iam/security-credentials/', 'host-role'],
    ['meta-data/placement', 'availability-zone\nregion'],
    ['user-data', '#!/bin/sh\n'],
  ])('answers %s', async (path, body) => {
    expect(await get(path)).toMatchObject({ status: 200, body });
  });

  it('gives each instance its own answers and keys', async () => {
    const path = 'meta-data/iam/security-credentials/host-role';
    expect(JSON.parse((await get(path, OTHER)).body)).toEqual({
      Code: 'Success',
      LastUpdated: '2026-01-01T00:00:00Z',
      Type: 'AWS-HMAC',
      AccessKeyId: `key of ${instance(OTHER).instanceId}`,
      SecretAccessKey: 'secret',
      Token: 'token',
      Expiration: '2026-01-01T01:00:00Z',
    });
  });

  it('says that it failed when the role cannot be assumed', async () => {
    instances.set(HOST, { ...instance(HOST), role: { name: 'gone', arn: 'arn:gone' } });
    const reply = await get('meta-data/iam/security-credentials/gone');
    expect(JSON.parse(reply.body)).toMatchObject({
      Code: 'Failed',
      Message: expect.stringContaining('no such role'),
    });
  });

  it('has the identity document', async () => {
    expect(JSON.parse((await get('dynamic/instance-identity/document')).body)).toMatchObject({
      instanceId: instance(HOST).instanceId,
      privateIp: HOST,
      accountId: '000000000000',
    });
  });

  it.each([
    ['meta-data/nothing', {}],
    ['meta-data/iam/security-credentials/another-role', {}],
    ['meta-data/tags/instance/', { tags: undefined }],
    ['meta-data/iam/', { role: undefined }],
    ['user-data', { userData: undefined }],
  ])('does not find %s', async (path, change) => {
    instances.set(HOST, { ...instance(HOST), ...change });
    expect((await get(path)).status).toBe(404);
  });

  it('knows nobody at an address without an instance', async () => {
    expect((await ask('PUT', '/latest/api/token', { [TTL]: '60' }, '10.77.0.99')).status).toBe(404);
  });
});

describe('sessions of the metadata service', () => {
  it('are needed: version 1 is refused', async () => {
    expect((await ask('GET', '/latest/meta-data/instance-id')).status).toBe(401);
    expect((await ask('GET', '/latest/meta-data/instance-id', { [TOKEN]: 'guess' })).status).toBe(401);
  });

  it('end after the time that was asked for', async () => {
    const token = await open('5');
    now += 4999;
    expect((await ask('GET', '/latest/meta-data/', { [TOKEN]: token })).status).toBe(200);
    now += 1;
    expect((await ask('GET', '/latest/meta-data/', { [TOKEN]: token })).status).toBe(401);
  });

  it('work for one instance only', async () => {
    const token = await open('60', HOST);
    expect((await ask('GET', '/latest/meta-data/', { [TOKEN]: token }, OTHER)).status).toBe(401);
  });

  it.each(['0', '21601', '-1', '1.5', 'x', ''])('are not opened for "%s" seconds', async (seconds) => {
    expect((await ask('PUT', '/latest/api/token', { [TTL]: seconds })).status).toBe(400);
  });

  it.each(['1', '21600'])('are opened for %s seconds', async (seconds) => {
    expect((await ask('PUT', '/latest/api/token', { [TTL]: seconds })).status).toBe(200);
  });

  it('are not opened through a proxy', async () => {
    expect(
      (await ask('PUT', '/latest/api/token', { [TTL]: '60', 'x-forwarded-for': '1.2.3.4' })).status,
    ).toBe(403);
  });

  it('cannot be opened or written anywhere else', async () => {
    expect((await ask('PUT', '/latest/meta-data/', { [TTL]: '60' })).status).toBe(405);
    expect((await ask('POST', '/latest/api/token', { [TTL]: '60' })).status).toBe(405);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findTarget, parseEndpoint, regionOf } from '../../../cli/api/target.ts';
import type { Aws, TargetInputs } from '../../../cli/api/target.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { emptyFolder } from './support/run-cli.ts';

const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'secret' };

function aws(change: Partial<Aws> = {}): Aws {
  return {
    credentials: () => Promise.resolve(KEYS),
    region: () => Promise.resolve('eu-west-1'),
    parameter: () => Promise.resolve('https://abc.execute-api.eu-west-1.amazonaws.com'),
    ...change,
  };
}

const inputs = (change: Partial<TargetInputs> = {}): TargetInputs => ({
  options: {},
  env: {},
  cwd: emptyFolder(),
  aws: aws(),
  ...change,
});

/** A folder three below one with a `.berth/local.json`. */
function belowLocalCloud(content: unknown): string {
  const top = emptyFolder();
  mkdirSync(join(top, '.berth'));
  writeFileSync(
    join(top, '.berth/local.json'),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
  const deep = join(top, 'a/b/c');
  mkdirSync(deep, { recursive: true });
  return deep;
}

const LOCAL = {
  endpoint: 'http://localhost:4566/_aws/execute-api/abc/$default',
  region: 'us-east-1',
  zone: 'berth.internal',
  hosts: [],
};

describe('which control plane is meant', () => {
  it('takes the option before the environment, the environment before the local cloud', async () => {
    const cwd = belowLocalCloud(LOCAL);
    const env = { BERTH_ENDPOINT: 'http://from.environment' };
    const byOption = await findTarget(inputs({ cwd, env, options: { endpoint: 'http://from.option/' } }));
    expect([byOption.endpoint.href, byOption.source]).toEqual(['http://from.option/', 'option']);
    const byEnv = await findTarget(inputs({ cwd, env }));
    expect([byEnv.endpoint.hostname, byEnv.source]).toEqual(['from.environment', 'environment']);
    const byFile = await findTarget(inputs({ cwd }));
    expect([byFile.endpoint.href, byFile.source, byFile.region]).toEqual([
      LOCAL.endpoint,
      'local-file',
      'us-east-1',
    ]);
  });

  it('asks the account last, for the cluster of the option, of the environment, or berth', async () => {
    const asked: string[] = [];
    const parameter = (name: string, region: string) => {
      asked.push(`${name} ${region}`);
      return Promise.resolve('https://abc.execute-api.eu-north-1.amazonaws.com');
    };
    const found = await findTarget(inputs({ aws: aws({ parameter }) }));
    await findTarget(inputs({ aws: aws({ parameter }), env: { BERTH_CLUSTER: 'blue' } }));
    await findTarget(
      inputs({ aws: aws({ parameter }), env: { BERTH_CLUSTER: 'blue' }, options: { cluster: 'red' } }),
    );
    expect(asked).toEqual([
      '/berth/berth/endpoint eu-west-1',
      '/berth/blue/endpoint eu-west-1',
      '/berth/red/endpoint eu-west-1',
    ]);
    expect(found.region).toBe('eu-north-1');
  });

  it('does not take a cluster of the account for the local cloud', async () => {
    const target = await findTarget(inputs({ cwd: belowLocalCloud(LOCAL), options: { cluster: 'red' } }));
    expect(target.source).toBe('parameter');
  });

  it('signs for the region in the host name, whatever the shell says', async () => {
    const endpoint = 'https://abc123.execute-api.ap-south-1.amazonaws.com';
    expect((await findTarget(inputs({ options: { endpoint } }))).region).toBe('ap-south-1');
  });

  it('is the root of the emulator only with the local file, and only when nobody is named', async () => {
    const none = aws({ credentials: () => Promise.reject(new Error('nothing found')) });
    const cwd = belowLocalCloud(LOCAL);
    const root = await findTarget(inputs({ cwd, aws: none }));
    expect(await root.credentials()).toEqual({ accessKeyId: 'test', secretAccessKey: 'test' });
    const found = await findTarget(inputs({ cwd }));
    expect(await found.credentials()).toEqual(KEYS);
    const named = await findTarget(inputs({ cwd, aws: none, env: { AWS_PROFILE: 'gone' } }));
    await expect(named.credentials()).rejects.toMatchObject({
      code: 'no-credentials',
      exitCode: EXIT.noAccess,
    });
    const byOption = await findTarget(inputs({ cwd, aws: none, options: { endpoint: LOCAL.endpoint } }));
    await expect(byOption.credentials()).rejects.toMatchObject({ code: 'no-credentials' });
  });

  it('never asks the metadata service for the local cloud', async () => {
    const uses: boolean[] = [];
    const credentials: Aws['credentials'] = (_region, { instanceRole }) => {
      uses.push(instanceRole);
      return Promise.resolve(KEYS);
    };
    await (
      await findTarget(inputs({ cwd: belowLocalCloud(LOCAL), aws: aws({ credentials }) }))
    ).credentials();
    await (
      await findTarget(inputs({ options: { endpoint: 'http://x' }, aws: aws({ credentials }) }))
    ).credentials();
    expect(uses).toEqual([false, true]);
  });
});

describe('what is said when none is found', () => {
  it.each([
    ['no region', aws({ region: () => Promise.resolve(undefined) }), 'no-region'],
    ['no credentials', aws({ credentials: () => Promise.reject(new Error('tried all')) }), 'no-credentials'],
    ['no parameter', aws({ parameter: () => Promise.resolve(null) }), 'no-endpoint'],
  ])('%s', async (_name, without, code) => {
    await expect(findTarget(inputs({ aws: without }))).rejects.toMatchObject({
      code,
      exitCode: EXIT.noAccess,
      remedies: expect.arrayContaining([expect.stringContaining('npm start')]) as unknown,
    });
  });

  it.each([
    ['no JSON', '{', /is no JSON/],
    ['no endpoint', { region: 'us-east-1' }, /lacks "endpoint"/],
    ['nothing at all', 'null', /lacks "endpoint"/],
    ['no URL', { endpoint: 'localhost', region: 'us-east-1' }, /is no endpoint/],
  ])('a local file with %s', async (_name, content, message) => {
    await expect(findTarget(inputs({ cwd: belowLocalCloud(content) }))).rejects.toMatchObject({
      message: expect.stringMatching(message) as unknown,
      exitCode: EXIT.badInput,
    });
  });
});

describe('endpoints', () => {
  it.each(['ftp://x', 'x', '', 'http://', 'http://x/?a=1', 'http://x/#a', 'http://user@x'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseEndpoint(text, '--endpoint')).toThrow(/is no endpoint/);
    },
  );

  it('keeps a path as it is, without the slash at its end', () => {
    expect(parseEndpoint('http://h:1/_aws/execute-api/a/$default//', 'x').pathname).toBe(
      '/_aws/execute-api/a/$default',
    );
  });

  it.each([
    ['https://a1.execute-api.eu-central-1.amazonaws.com', 'eu-central-1'],
    ['https://a1.execute-api.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['https://a1.execute-api.eu-central-1.amazonaws.com.evil.example', undefined],
    ['https://berth.example.com', undefined],
  ])('%s is in %s', (text, region) => {
    expect(regionOf(new URL(text))).toBe(region);
  });
});

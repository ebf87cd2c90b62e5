/** The agent's way to AWS and to the control plane, over real sockets, against a server that checks every signature. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCredentials } from '../../../agent/control-plane/credentials.ts';
import {
  ControlPlaneError,
  mustRegisterAgain,
  type ControlPlane,
} from '../../../agent/control-plane/control-plane.ts';
import { createEndpoint, parameterStoreUrl, REREAD_AFTER_MS } from '../../../agent/control-plane/endpoint.ts';
import { httpCall, type HttpCall } from '../../../agent/control-plane/http-call.ts';
import { createWallClock, TOLERATED_MS, type WallClock } from '../../../agent/control-plane/wall-clock.ts';
import { systemClock } from '../../../agent/clock.ts';
import { createLog } from '../../../agent/log.ts';
import { createMetadata, readIdentity } from '../../../agent/control-plane/metadata.ts';
import { createSignedControlPlane } from '../../../agent/control-plane/signed-control-plane.ts';
import type { Report } from '../../../contract/agent-protocol.ts';
import { assignment, spec } from '../../support/container-spec.ts';
import { startHostServices, type HostServices } from '../../support/fake-host-services.ts';

let services: HostServices;
let nowMs: number;
let calls: string[];
let controlPlane: ControlPlane;
const host = 'h-test0001';

beforeEach(async () => {
  services = await startHostServices();
  nowMs = Date.now();
  calls = [];
  controlPlane = connect();
});
afterEach(() => services.close());

const call: HttpCall = (request) => {
  calls.push(`${request.method} ${request.url.pathname}`);
  return httpCall(request);
};
const counted = (what: string): number => calls.filter((each) => each.includes(what)).length;

function connect(cluster = 'test'): ControlPlane {
  // The clock stays where a test puts it: replies are not heard.
  return connectBy({ now: () => nowMs, heard: () => false }, cluster);
}

function connectBy(wallClock: Pick<WallClock, 'now' | 'heard'>, cluster = 'test'): ControlPlane {
  const { now } = wallClock;
  const metadata = createMetadata({ url: services.url, call, now });
  const credentials = createCredentials({ metadata, now });
  const environment = { AWS_ENDPOINT_URL: services.url };
  const endpoint = createEndpoint({
    parameter: 'endpoint',
    cluster,
    region: 'us-east-1',
    environment,
    credentials,
    call,
    wallClock,
  });
  return createSignedControlPlane({ region: 'us-east-1', credentials, endpoint, call, wallClock });
}

const report: Report = {
  bootId: 'boot-0001',
  seq: 1,
  agentVersion: '0.1.0',
  generation: 0,
  dockerAnswers: true,
  tasks: [],
  images: ['a/b:c', 'ü'],
};

describe('the metadata service', () => {
  const metadata = () => createMetadata({ url: services.url, call, now: () => nowMs });

  it('tells who this host is', async () => {
    expect(await readIdentity(metadata())).toEqual({
      instanceId: 'i-0123456789abcdef0',
      instanceType: 't3.small',
      address: '10.77.0.11',
      zone: 'us-east-1a',
      region: 'us-east-1',
      host,
    });
    expect(counted('/latest/api/token')).toBe(1);
  });

  it('without the tag yet is an error that names it', async () => {
    services.hideTag(true);
    await expect(readIdentity(metadata())).rejects.toThrow('tags/instance/berth:host');
  });
});

describe('the control plane', () => {
  it('is found through Parameter Store and called with signatures that hold', async () => {
    services.want({ 'web-1': spec() }, [assignment(1)]);
    const manifest = await controlPlane.manifest(host, undefined);
    expect(manifest).toMatchObject({ host, generation: 1, assignments: [{ slot: 1 }] });
    expect(manifest).not.toHaveProperty('someday');
    expect(await controlPlane.manifest(host, 1)).toBe('unchanged');
    expect(await controlPlane.report(host, report)).toEqual({ generation: 1 });
    expect(services.reports).toEqual([report]);
    expect(counted('POST /')).toBe(1); // the parameter, once
  });

  it('of another cluster is not there, in words', async () => {
    await expect(connect('other').manifest(host, undefined)).rejects.toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ message: expect.stringContaining('ParameterNotFound') }),
      }),
    );
  });

  it('refuses old keys once: new ones are fetched', async () => {
    await controlPlane.manifest(host, undefined);
    services.rotateKeys();
    nowMs += 15_000;
    expect(await controlPlane.report(host, report)).toEqual({ generation: 0 });
    expect(counted('security-credentials/berth-host')).toBe(2);
  });

  it('that keeps refusing is not asked for keys without end', async () => {
    await controlPlane.manifest(host, undefined);
    services.behave('expired');
    nowMs += 15_000;
    for (let count = 0; count < 5; count++)
      await expect(controlPlane.report(host, report)).rejects.toMatchObject({ status: 403 });
    expect(counted('security-credentials/berth-host')).toBe(2);
  });

  it.each([
    [503, false],
    [404, true],
  ] as const)('with status %d is an error; registering again helps: %s', async (status, again) => {
    await controlPlane.manifest(host, undefined);
    services.behave(status);
    const error: unknown = await controlPlane.beat(host, {} as never).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ControlPlaneError);
    expect(error).toMatchObject({ status });
    expect(mustRegisterAgain(error)).toBe(again);
  });

  it('that gives another host’s manifest is not believed', async () => {
    await expect(controlPlane.manifest('h-other001', undefined)).rejects.toMatchObject({ status: 404 });
  });

  it('is looked for again when calls have failed for long, not before', async () => {
    await controlPlane.manifest(host, undefined);
    services.behave(503);
    for (const afterMs of [0, REREAD_AFTER_MS - 1, 1, 1]) {
      nowMs += afterMs;
      await expect(controlPlane.manifest(host, undefined)).rejects.toThrow();
    }
    expect(counted('POST /') - counted('POST /_aws')).toBe(2);
  });
});

describe('#35 a host whose clock is wrong', () => {
  const MINUTES = 60_000;
  let hostMs: () => number;
  let steadyMs: () => number;
  let lines: string[];
  let wallClock: WallClock;
  beforeEach(() => {
    lines = [];
    const log = createLog((line) => lines.push((JSON.parse(line) as { event: string }).event), Date.now);
    wallClock = createWallClock({ steady: () => steadyMs(), host: () => hostMs(), log });
  });

  it.each([10, -10, 600, -600])(
    'by %d minutes signs by the time of the refusal, with the keys it has',
    async (off) => {
      hostMs = steadyMs = () => Date.now() + off * MINUTES;
      const skewed = connectBy(wallClock);
      // Parameter Store is the first to refuse; the loop that asked tries again.
      await expect(skewed.manifest(host, undefined)).rejects.toThrow();
      expect(await skewed.manifest(host, undefined)).toMatchObject({ host });
      expect(await skewed.report(host, report)).toEqual({ generation: 0 });
      expect(counted('security-credentials/berth-host')).toBeLessThanOrEqual(2);
      expect(Math.round(wallClock.hostAheadMs() / MINUTES)).toBe(off);
      expect(lines).toEqual(['clock-wrong']);
    },
  );

  it('that jumps while the agent runs loses not one call', async () => {
    hostMs = steadyMs = () => Date.now();
    const skewed = connectBy(wallClock);
    await skewed.manifest(host, undefined);
    for (const off of [10, -10, 0]) {
      hostMs = () => Date.now() + off * MINUTES; // the process's own count of time goes on
      expect(await skewed.report(host, report)).toEqual({ generation: 0 });
      expect(Math.round(wallClock.hostAheadMs() / MINUTES)).toBe(off);
    }
    expect(counted('PUT /_aws')).toBe(3);
    expect(lines).toEqual(['clock-wrong', 'clock-wrong', 'clock-right']);
  });

  it('that slept while time went on is answered at the second try of the same call', async () => {
    hostMs = steadyMs = () => Date.now();
    const skewed = connectBy(wallClock);
    await skewed.manifest(host, undefined);
    steadyMs = () => Date.now() - 20 * MINUTES;
    expect(await skewed.report(host, report)).toEqual({ generation: 0 });
    expect(counted('PUT /_aws')).toBe(2);
    expect(counted('security-credentials/berth-host')).toBe(1);
  });

  it('by less than half a minute is left alone, and so is one without a word from anybody', () => {
    hostMs = steadyMs = () => 1_000_000_000;
    const date = (ms: number): string => new Date(ms).toUTCString();
    expect(wallClock.heard(date(1_000_000_000 - TOLERATED_MS))).toBe(false);
    expect(wallClock.heard(undefined)).toBe(false);
    expect(wallClock.heard('yesterday')).toBe(false);
    expect([wallClock.now(), wallClock.hostAheadMs(), lines]).toEqual([1_000_000_000, 0, []]);
    expect(wallClock.heard(date(1_000_000_000 - TOLERATED_MS - 1000))).toBe(true);
  });

  it('moves no timer: the steady clock does not see it', () => {
    const before = systemClock.now();
    const real = Date.now;
    Date.now = () => real() - 10 * MINUTES;
    try {
      expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    } finally {
      Date.now = real;
    }
  });
});

describe('Parameter Store', () => {
  it('is found as every AWS SDK finds it', () => {
    const at = (environment: Record<string, string>, region = 'eu-west-1'): string =>
      parameterStoreUrl(region, environment).href;
    expect(at({})).toBe('https://ssm.eu-west-1.amazonaws.com/');
    expect(at({}, 'cn-north-1')).toBe('https://ssm.cn-north-1.amazonaws.com.cn/');
    expect(at({ AWS_ENDPOINT_URL: 'http://a:1' })).toBe('http://a:1/');
    expect(at({ AWS_ENDPOINT_URL: 'http://a:1', AWS_ENDPOINT_URL_SSM: 'http://b:2' })).toBe('http://b:2/');
  });
});

import { describe, expect, it } from '@jest/globals';
import { createOptions } from '../../../agent/docker/create-options.ts';
import type { CreateOptions } from '../../../agent/docker/engine.ts';
import type { Assignment, ContainerSpec } from '../../../contract/agent-protocol.ts';
import { assignment, spec } from '../../support/container-spec.ts';

const MIB = 1024 * 1024;
const make = (changes: Partial<ContainerSpec> = {}, of: Partial<Assignment> = {}): CreateOptions =>
  createOptions(assignment(3, of), spec(changes), { cluster: 'main', host: 'h-test0001', cpus: 2 });

describe('options of a new container', () => {
  it('are these when the file says nothing', () => {
    expect(make()).toEqual({
      Image: 'berth-test',
      Env: [
        'BERTH_STACK=shop',
        'BERTH_SERVICE=web',
        'BERTH_REPLICA=web-3',
        'BERTH_TASK=shop-web-3-aaaa0000',
        'BERTH_REVISION=1',
        'BERTH_HOST=h-test0001',
      ],
      Labels: {
        'berth.cluster': 'main',
        'berth.task': 'shop-web-3-aaaa0000',
        'berth.stack': 'shop',
        'berth.service': 'web',
        'berth.slot': '3',
        'berth.revision': '1',
        'berth.spec': 'web-1',
      },
      StopTimeout: 10,
      ExposedPorts: {},
      HostConfig: {
        PortBindings: {},
        RestartPolicy: { Name: 'no' },
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
        CapAdd: [],
        CapDrop: ['NET_RAW'],
        SecurityOpt: ['no-new-privileges'],
        Privileged: false,
        CgroupnsMode: 'private',
        ReadonlyRootfs: false,
        Tmpfs: {},
        Init: false,
        PidsLimit: 64,
        MemoryReservation: 32 * MIB,
        CpuShares: 20,
      },
    });
  });

  it('take over what the file says', () => {
    const options = make(
      {
        command: ['serve'],
        entrypoint: ['/run'],
        environment: { A: 'b=c', BERTH_HOST: 'mine' },
        labels: { team: 'x', 'berth.task': 'forged' },
        healthcheck: { test: ['CMD-SHELL', 'true'], intervalMs: 1500, startPeriodMs: 0, retries: 2 },
        stopSignal: 'SIGQUIT',
        stopGraceMs: 1200,
        user: '1000:1000',
        workingDir: '/srv',
        readOnly: true,
        tmpfs: { '/tmp': '' },
        init: true,
      },
      { ports: [{ name: 'dns', container: 53, protocol: 'udp', host: 20_053 }] },
    );
    expect(options).toMatchObject({
      Cmd: ['serve'],
      Entrypoint: ['/run'],
      User: '1000:1000',
      WorkingDir: '/srv',
      StopSignal: 'SIGQUIT',
      StopTimeout: 2,
      Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 1.5e9, StartPeriod: 0, Retries: 2 },
      ExposedPorts: { '53/udp': {} },
      Labels: { team: 'x', 'berth.task': 'shop-web-3-aaaa0000' },
    });
    expect(options.Env).toEqual(expect.arrayContaining(['A=b=c', 'BERTH_HOST=mine']));
    expect(options.Env.filter((each) => each.startsWith('BERTH_HOST='))).toEqual(['BERTH_HOST=mine']);
    expect(options.HostConfig).toMatchObject({
      PortBindings: { '53/udp': [{ HostIp: '0.0.0.0', HostPort: '20053' }] },
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': '' },
      Init: true,
    });
  });

  it.each([
    [[], [], [], ['NET_RAW']],
    [['CAP_SYS_TIME'], ['chown'], ['SYS_TIME'], ['CHOWN', 'NET_RAW']],
    [['NET_RAW'], [], ['NET_RAW'], []],
    [['ALL'], [], ['ALL'], []],
    [['NET_BIND_SERVICE'], ['ALL'], ['NET_BIND_SERVICE'], ['ALL']],
    [[], ['net_raw'], [], ['NET_RAW']],
  ])('with cap_add %j and cap_drop %j add %j and drop %j', (capAdd, capDrop, CapAdd, CapDrop) => {
    expect(make({ capAdd, capDrop }).HostConfig).toMatchObject({ CapAdd, CapDrop });
  });

  it('limit what the file limits, within what Docker takes', () => {
    const limits = (changes: Partial<ContainerSpec>) => make(changes).HostConfig;
    expect(
      limits({ limitMemoryBytes: 64 * MIB, limitCpuMillis: 1500, reservedCpuMillis: 500 }),
    ).toMatchObject({
      Memory: 64 * MIB,
      MemorySwap: 64 * MIB,
      NanoCpus: 1.5e9,
      CpuShares: 512,
    });
    expect(limits({ limitMemoryBytes: 16 * MIB, reservedMemoryBytes: 32 * MIB }).MemoryReservation).toBe(
      16 * MIB,
    );
    expect(limits({ reservedMemoryBytes: 6 * MIB - 1 })).not.toHaveProperty('MemoryReservation');
    expect(limits({ reservedMemoryBytes: 6 * MIB }).MemoryReservation).toBe(6 * MIB);
    expect(limits({ limitCpuMillis: 64_000 }).NanoCpus).toBe(2e9);
    expect(limits({ reservedCpuMillis: 0 }).CpuShares).toBe(2);
    expect(limits({})).not.toHaveProperty('Memory');
    expect(limits({})).not.toHaveProperty('NanoCpus');
  });
});

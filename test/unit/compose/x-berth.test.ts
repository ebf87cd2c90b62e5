/** `x-berth.health`: what it becomes, and what is refused, where. */
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { xBerthSchema } from '../../../compose/generate.ts';
import { stackSpec } from '../../../contract/stack-spec.ts';
import { accept, documentWith, problemsWith, refuse, serviceWith } from './documents.ts';

const under = (yaml: string, more = 'ports: [8080]'): string =>
  `${more}\nx-berth:\n  health:\n${yaml.replace(/^(?=.)/gm, '    ')}`;
const standard = { intervalMs: 5000, timeoutMs: 2000, failures: 3, initialDelayMs: 0 };
const rest = { startGraceMs: 30_000, deployGateMs: 0, signal: false };

describe('x-berth.health', () => {
  it('is absent when it is not there, and everything by default when it is empty', () => {
    expect(serviceWith('ports: [8080]').health).toBeUndefined();
    expect(serviceWith('x-berth: {}').health).toBeUndefined();
    expect(serviceWith('x-berth: {health: {}}').health).toEqual(rest);
  });

  it('takes every key', () => {
    const yaml = under(`readiness:
  kind: http
  port: 9090
  path: /ready?deep=1
  interval: 500ms
  timeout: 1.5s
  successes: 2
  failures: 4
  initialDelay: 1m
liveness: {kind: grpc, service: shop.Web, interval: 1h, timeout: 1m, failures: 1, initialDelay: 0s}
startGrace: 10s
deployGate: 1m30s
signal: true`);
    expect(serviceWith(yaml).health).toEqual({
      readiness: {
        kind: 'http',
        port: 9090,
        path: '/ready?deep=1',
        intervalMs: 500,
        timeoutMs: 1500,
        successes: 2,
        failures: 4,
        initialDelayMs: 60_000,
      },
      liveness: {
        kind: 'grpc',
        port: 8080,
        service: 'shop.Web',
        intervalMs: 3_600_000,
        timeoutMs: 60_000,
        failures: 1,
        initialDelayMs: 0,
      },
      startGraceMs: 10_000,
      deployGateMs: 90_000,
      signal: true,
    });
  });

  it.each([
    ['{kind: docker}', { kind: 'docker' }],
    ['{kind: tcp}', { kind: 'tcp', port: 8080, ...standard, successes: 1 }],
    ['{kind: http}', { kind: 'http', port: 8080, path: '/', ...standard, successes: 1 }],
    ['{kind: grpc}', { kind: 'grpc', port: 8080, service: '', ...standard, successes: 1 }],
    ['{kind: exec, command: [a, b c]}', { kind: 'exec', command: ['a', 'b c'], ...standard, successes: 1 }],
    [
      '{kind: exec, command: a $$b}',
      { kind: 'exec', command: ['/bin/sh', '-c', 'a $b'], ...standard, successes: 1 },
    ],
  ])('fills in what %s leaves out', (yaml, readiness) =>
    expect(serviceWith(under(`readiness: ${yaml}`)).health).toEqual({ readiness, ...rest }),
  );

  it('finds the one TCP port among others, and may be shared by an anchor', () => {
    const ports = 'ports: ["53/udp", 8080]';
    expect(serviceWith(under('liveness: {kind: tcp}', ports)).health?.liveness).toMatchObject({ port: 8080 });
    const text = `name: a\nx-probes: &p {health: {readiness: {kind: tcp, port: 1}}}\nservices:\n  a: {image: a, x-berth: *p}\n  b: {image: b, x-berth: *p}`;
    expect(Object.values(accept(text).spec.services).map(({ health }) => health?.readiness?.kind)).toEqual([
      'tcp',
      'tcp',
    ]);
  });
});

describe('refused, with its place', () => {
  it.each([
    ['x-berth: yes please', 'x-berth: must be a map'],
    ['x-berth: null', 'x-berth: must be a map'],
    ['x-berth: {helth: {}}', 'x-berth.helth: `helth` is no property of `x-berth`'],
    [under('redyness: {kind: tcp}'), 'x-berth.health.redyness: `redyness` is no property at this place'],
    [
      under('readiness: {kind: tcp, path: /}'),
      'x-berth.health.readiness.path: `path` is no property at this place',
    ],
    [
      under('readiness: {kind: docker, interval: 5s}'),
      'x-berth.health.readiness.interval: `interval` is no property at this place',
    ],
    [
      under('liveness: {kind: tcp, successes: 2}'),
      'x-berth.health.liveness.successes: `successes` is no property at this place',
    ],
    [
      under('readiness: {kind: ping}'),
      'x-berth.health.readiness.kind: must name its `kind`: docker, http, tcp, exec, grpc',
    ],
    [
      under('readiness: {port: 1}'),
      'x-berth.health.readiness: has no `kind`: it must name its `kind`: docker, http, tcp, exec, grpc',
    ],
    [
      under('readiness: {kind: exec}'),
      'x-berth.health.readiness: has no `command`: it must be a command: a list of words, or a line for the container’s shell',
    ],
    [under('readiness: {kind: tcp, port: "80"}'), 'x-berth.health.readiness.port: must be a port number'],
    [
      under('readiness: {kind: tcp, port: 65536}'),
      'x-berth.health.readiness.port: must be a port number, 1 to 65535',
    ],
    [
      under('readiness: {kind: tcp, interval: 5}'),
      'x-berth.health.readiness.interval: must be a duration such as `5s`',
    ],
    [
      under('readiness: {kind: tcp, interval: 499ms}'),
      'x-berth.health.readiness.interval: must be from 500ms to 1h, is `499ms`',
    ],
    [
      under('readiness: {kind: tcp, timeout: 61s}'),
      'x-berth.health.readiness.timeout: must be from 100ms to 1m, is `61s`',
    ],
    [
      under('readiness: {kind: tcp, failures: 0}'),
      'x-berth.health.readiness.failures: must be a whole number from 1 to 100',
    ],
    [
      under('readiness: {kind: http, path: ready}'),
      'x-berth.health.readiness.path: must begin with `/` and be printable ASCII without spaces',
    ],
    [
      under('readiness: {kind: http, path: "/a\\r\\nx-evil: 1"}'),
      'x-berth.health.readiness.path: must begin with `/` and be printable ASCII without spaces',
    ],
    [
      under('readiness: {kind: exec, command: ["\\0"]}'),
      'x-berth.health.readiness.command[0]: the text contains a character that no program can be given',
    ],
    [under('deployGate: 2h'), 'x-berth.health.deployGate: must be from 0ms to 1h, is `2h`'],
    [under('startGrace: 5s'), 'x-berth.health.startGrace: means nothing to Docker’s own health check'],
    [under('signal: 1'), 'x-berth.health.signal: must be true or false'],
    [
      under('readiness: {kind: tcp}', 'ports: [80, 81]'),
      'x-berth.health.readiness: has no `port`, and the service has several TCP ports',
    ],
    [
      under('readiness: {kind: tcp}', 'ports: []'),
      'x-berth.health.readiness: has no `port`, and the service has no TCP port',
    ],
    ['deploy: {x-berth: {health: {}}}', 'deploy.x-berth: `x-berth` means nothing at this place'],
  ])('%s', (yaml, problem) => expect(problemsWith(yaml)).toEqual([problem]));

  it('by line and column, with what to write', () => {
    expect(refuse(documentWith(under('startGrace: 5s\nlivenes: {kind: tcp}')))).toEqual([
      {
        path: 'services.web.x-berth.health.livenes',
        line: 9,
        column: 9,
        message: '`livenes` is no property at this place',
        remedy: 'did you mean `liveness`?',
      },
    ]);
    expect(refuse(`name: a\nx-berth: {}\nservices: {a: {image: a}}`)[0]).toMatchObject({
      line: 2,
      column: 1,
      remedy: 'put it below a service: `services.NAME.x-berth`',
    });
  });

  it('in JSON too', () => {
    const { spec } = accept(documentWith(under('readiness: {kind: http}')));
    const withPath = (path: string): unknown =>
      JSON.parse(JSON.stringify(spec).replace('"path":"/"', `"path":${JSON.stringify(path)}`));
    expect(stackSpec.safeParse(withPath('/ok')).success).toBe(true);
    expect(stackSpec.safeParse(withPath('/a\r\nx: y')).success).toBe(false);
  });
});

describe('the published schema', () => {
  const valid = new Ajv2020({ strict: false }).compile(JSON.parse(xBerthSchema()) as object);
  it.each([
    ['health: {readiness: {kind: http, path: /x, interval: 5s}, signal: true}', true],
    ['health: {liveness: {kind: exec, command: [a]}}', true],
    ['health: {liveness: {kind: exec, command: [a], successes: 1}}', false],
    ['health: {readiness: {kind: http, path: x}}', false],
    ['health: {readiness: {kind: tcp, port: 70000}}', false],
    ['helth: {}', false],
  ])('says of %s: %s', (yaml, verdict) => expect(valid(parse(yaml))).toBe(verdict));
});

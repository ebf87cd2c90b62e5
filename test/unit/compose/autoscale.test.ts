/** `x-berth.autoscale`: what it becomes, and what is refused, where. */
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { xBerthSchema } from '../../../compose/generate.ts';
import { AUTOSCALE_LIMITS } from '../../../contract/autoscale-spec.ts';
import { accept, documentWith, problemsWith, refuse, serviceWith } from './documents.ts';

const under = (yaml: string, more = 'ports: [8080]'): string =>
  `${more}\nx-berth:\n  autoscale:\n${yaml.replace(/^(?=.)/gm, '    ')}`;
const with2to10 = (yaml: string): string => under(`min: 2\nmax: 10\ntargets: {cpu: 60%}\n${yaml}`);
const reserved = 'ports: [8080]\ndeploy: {resources: {reservations: {cpus: "0.5", memory: 64m}}}';
const spec = (yaml: string, more?: string) => serviceWith(under(yaml, more)).autoscale;

const standard = {
  tolerancePercent: 10,
  windowOutMs: 60_000,
  stabilizationInMs: 180_000,
  cooldownOutMs: 30_000,
  cooldownInMs: 60_000,
  stepOutMax: 1000,
  stepInMax: 1000,
  schedules: [],
};

describe('x-berth.autoscale', () => {
  it('takes three lines, and fills in the rest', () => {
    expect(spec('min: 2\nmax: 10\ntargets: {cpu: 60%}', reserved)).toEqual({
      ...{ min: 2, max: 10, targets: [{ kind: 'cpu', percent: 60 }] },
      ...standard,
    });
  });

  it('measures the host’s share where the file names neither reservation nor limit', () => {
    const both = 'min: 2\nmax: 10\ntargets: {cpu: 60, memory: 80.5%}';
    const share = { of: 'host-share' };
    expect(spec(both)?.targets).toEqual([
      { kind: 'cpu', percent: 60, ...share },
      { kind: 'memory', percent: 80.5, ...share },
    ]);
    const memory = 'ports: [8080]\ndeploy: {resources: {limits: {memory: 64m}}}';
    expect(spec(both, memory)?.targets).toEqual([
      { kind: 'cpu', percent: 60, ...share },
      { kind: 'memory', percent: 80.5 },
    ]);
  });

  it('takes every key', () => {
    const yaml = `min: 1
max: 20
targets:
  cpu: 60%
  metrics:
    - {name: queue_depth, value: 20, from: {}}
    - {name: in_flight, value: 0.5, from: {port: 9090, path: /m?x=1}}
    - {name: jobs, value: 5, from: socket}
window: 1m30s
stabilization: 0s
cooldown: {out: 0s, in: 2m}
step: {out: 4, in: 1}
tolerance: 5%
schedules:
  - {days: mon-fri, from: 08:00, to: 18:00, timeZone: Europe/Paris, min: 5}
  - {days: [sat, fri-sun], from: "22:00", to: 06:00, min: 0, max: 0}
  - {from: 00:00, to: 00:00, max: 3}
protect: true`;
    const wrong = yaml.replace('fri-sun', 'sun');
    expect(spec(wrong, reserved)).toEqual({
      min: 1,
      max: 20,
      targets: [
        { kind: 'cpu', percent: 60 },
        {
          ...{ kind: 'metric', name: 'queue_depth', value: 20 },
          source: { kind: 'prometheus', port: 8080, path: '/metrics' },
        },
        {
          ...{ kind: 'metric', name: 'in_flight', value: 0.5 },
          source: { kind: 'prometheus', port: 9090, path: '/m?x=1' },
        },
        { kind: 'metric', name: 'jobs', value: 5, source: { kind: 'socket' } },
      ],
      windowOutMs: 90_000,
      stabilizationInMs: 0,
      cooldownOutMs: 0,
      cooldownInMs: 120_000,
      stepOutMax: 4,
      stepInMax: 1,
      tolerancePercent: 5,
      schedules: [
        {
          ...{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' },
          ...{ timeZone: 'Europe/Paris', min: 5, max: 20 },
        },
        { days: ['sat', 'sun'], from: '22:00', to: '06:00', timeZone: 'UTC', min: 0, max: 0 },
        {
          ...{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '00:00' },
          ...{ timeZone: 'UTC', min: 1, max: 3 },
        },
      ],
      protect: true,
    });
  });

  it.each([
    ['mon-fri', ['mon', 'tue', 'wed', 'thu', 'fri']],
    ['Sat-Mon', ['mon', 'sat', 'sun']],
    ['"mon, wed"', ['mon', 'wed']],
    ['[sun, mon]', ['mon', 'sun']],
  ])('reads the days %s', (days, wanted) => {
    const yaml = with2to10(`schedules: [{days: ${days}, from: 08:00, to: 09:00, min: 3}]`);
    expect(serviceWith(yaml).autoscale?.schedules[0]?.days).toEqual(wanted);
  });

  it('begins with min, or with `deploy.replicas`; that is kept as it is, with a warning outside of the bounds', () => {
    expect(serviceWith(with2to10('')).replicas).toBe(2);
    expect(serviceWith(with2to10('deploy: {}'.replace('deploy: {}', ''))).replicas).toBe(2);
    const at = (replicas: number) =>
      accept(documentWith(under('min: 2\nmax: 10\ntargets: {cpu: 60%}', `deploy: {replicas: ${replicas}}`)));
    expect(at(4)).toMatchObject({ warnings: [], spec: { services: { web: { replicas: 4 } } } });
    expect(at(1).warnings).toMatchObject([{ path: 'services.web.deploy.replicas', line: 5 }]);
  });
});

describe('refused, with its place', () => {
  it.each([
    [under('max: 3\ntargets: {cpu: 60%}'), 'x-berth.autoscale: has no `min`'],
    [under('min: 1\nmax: 3'), 'x-berth.autoscale: has no `targets`'],
    [under('min: 1\nmax: 3\ntargets: {}'), 'x-berth.autoscale.targets: names nothing to aim at'],
    [under('min: 4\nmax: 3\ntargets: {cpu: 60%}'), 'x-berth.autoscale.min: min is 4, more than max, 3'],
    [under('min: 0\nmax: 3\ntargets: {cpu: 60%}'), 'x-berth.autoscale.min: min is 0, and of no replicas'],
    [
      under('min: 1\nmax: 3\ntargets: {cpu: 0%}'),
      'x-berth.autoscale.targets.cpu: must be a percentage from 1% to',
    ],
    [
      under('min: 1\nmax: 3\ntargets: {cpu: lots}'),
      'x-berth.autoscale.targets.cpu: must be a percentage from 1% to',
    ],
    [
      under('min: 1\nmax: 3\ntargets: {gpu: 60%}'),
      'x-berth.autoscale.targets.gpu: `gpu` is no property at this place',
    ],
    [
      under('min: 1\nmax: 3\ntargets: {metrics: [{name: jobs, value: 5}]}'),
      'x-berth.autoscale.targets.metrics[0]: has no `from`: it must be `socket`, or where to ask for it',
    ],
    [
      under('min: 1\nmax: 3\ntargets: {metrics: [{name: jobs, value: 5, from: {}}]}', 'ports: ["53/udp"]'),
      'x-berth.autoscale.targets.metrics[0].from: has no `port`, and the service has no TCP port',
    ],
    [with2to10('window: 2h'), 'x-berth.autoscale.window: must be from 0ms to 1h, is `2h`'],
    [with2to10('cooldown: {out: 5}'), 'x-berth.autoscale.cooldown.out: must be a duration'],
    [with2to10('step: {in: 0}'), 'x-berth.autoscale.step.in: must be a whole number from 1 to 1000'],
    [with2to10('tolerance: 101%'), 'x-berth.autoscale.tolerance: must be a percentage from 0% to 100%'],
    [with2to10('tolerance: 101'), 'x-berth.autoscale.tolerance: must be a percentage from 0% to 100%'],
    [
      with2to10('schedules: [{days: mon-fry, from: 08:00, to: 09:00}]'),
      'x-berth.autoscale.schedules[0].days: `mon-fry` is no day of the week',
    ],
    [
      with2to10('schedules: [{days: [], from: 08:00, to: 09:00}]'),
      'x-berth.autoscale.schedules[0].days: must be days such as',
    ],
    [
      with2to10('schedules: [{days: [fri-sun, sat], from: 08:00, to: 09:00}]'),
      'x-berth.autoscale.schedules[0].days: `sat` names a day that is in the list already',
    ],
    [
      with2to10('schedules: [{from: 8:00, to: 09:00}]'),
      'x-berth.autoscale.schedules[0].from: must be a time of day from `00:00` to `23:59`',
    ],
    [
      with2to10('schedules: [{from: 08:00, to: 09:00, timeZone: Paris}]'),
      'x-berth.autoscale.schedules[0].timeZone: `Paris` is no time zone',
    ],
    [
      with2to10('schedules: [{from: 08:00, to: 09:00, min: 0}]'),
      'x-berth.autoscale.schedules[0].min: min is 0, and of no replicas',
    ],
  ])('%s', (yaml, words) => {
    const problems = problemsWith(yaml);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });

  it('tells line and column', () => {
    const [problem] = refuse(documentWith(under('min: 4\nmax: 3\ntargets: {cpu: 60%}')));
    expect(problem).toMatchObject({ line: 8, column: 14, remedy: 'write at most 3' });
  });
});

describe('the published schema', () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(xBerthSchema()) as object);
  it('takes what the loader takes', () => {
    const value = (yaml: string): unknown => (parse(yaml) as Record<string, unknown>)['x-berth'];
    expect(validate(value(with2to10('')))).toBe(true);
    expect(validate(value(with2to10('wyndow: 1m')))).toBe(false);
    expect(AUTOSCALE_LIMITS.replicasMax).toBe(1000);
  });
});

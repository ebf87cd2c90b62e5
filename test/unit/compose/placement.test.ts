/** Placement, GPUs and disk: what they become, and what is refused, where. */
import { describe, expect, it } from '@jest/globals';
import { stackSpec } from '../../../contract/stack-spec.ts';
import { accept, problemsWith, serviceWith } from './documents.ts';

const NOTHING = {
  constraints: [],
  spread: [],
  affinity: [],
  antiAffinity: [],
  tolerations: [],
  priority: 50,
};
const placement = (yaml: string) => serviceWith(`deploy: {placement: {${yaml}}}`).placement;
const own = (yaml: string) => serviceWith(`x-berth: {placement: {${yaml}}}`).placement;
const device = (yaml: string, more = '') =>
  `deploy: {resources: {reservations: {devices: [${yaml}]}}}${more}`;
const gpus = (yaml: string, more = '') => serviceWith(device(yaml, more)).resources.gpus;

describe('placement', () => {
  it('is absent when the file says nothing of it', () => {
    for (const yaml of ['', 'deploy: {placement: {max_replicas_per_node: 1}}', 'x-berth: {placement: {}}'])
      expect(serviceWith(yaml).placement).toBeUndefined();
  });

  it.each([
    ['node.labels.disk==ssd', { key: 'node.labels.disk', operator: '==', value: 'ssd' }],
    ['node.labels.disk != ssd', { key: 'node.labels.disk', operator: '!=', value: 'ssd' }],
    ['node.hostname == h-4f7k2m9x1c', { key: 'node.hostname', operator: '==', value: 'h-4f7k2m9x1c' }],
    ['node.platform.arch==aarch64', { key: 'node.platform.arch', operator: '==', value: 'aarch64' }],
    [
      'node.labels.example.com/rack==r1',
      { key: 'node.labels.example.com/rack', operator: '==', value: 'r1' },
    ],
  ])('takes the constraint %s', (text, constraint) =>
    expect(placement(`constraints: ["${text}"]`)).toEqual({ ...NOTHING, constraints: [constraint] }),
  );

  it('takes preferences in their order, and everything of its own', () => {
    expect(placement('preferences: [{spread: node.labels.zone}, {spread: node.labels.rack}]')).toEqual({
      ...NOTHING,
      spread: ['node.labels.zone', 'node.labels.rack'],
    });
    expect(
      own('pool: fast, affinity: [web], antiAffinity: [web], tolerations: [a, b=c, d=], priority: 0'),
    ).toEqual({
      ...NOTHING,
      pool: 'fast',
      affinity: ['web'],
      antiAffinity: ['web'],
      tolerations: [{ key: 'a' }, { key: 'b', value: 'c' }, { key: 'd', value: '' }],
      priority: 0,
    });
  });

  it('takes what a service may take from others, and what others may take from it', () => {
    expect(own('preempt: atOnce, disruptionBudget: 0')).toEqual({
      ...NOTHING,
      preempt: 'atOnce',
      disruptionBudget: 0,
    });
    expect(own('priority: 60')).toEqual({ ...NOTHING, priority: 60 });
  });

  it.each([
    ['deploy: {placement: {constraints: [ssd]}}', 'deploy.placement.constraints[0]: `ssd` is no constraint'],
    [
      'deploy: {placement: {constraints: ["node.role==manager"]}}',
      'deploy.placement.constraints[0]: hosts have no property `node.role`',
    ],
    [
      'deploy: {placement: {constraints: ["node.labels.a=="]}}',
      'deploy.placement.constraints[0]: `` is no value of a label',
    ],
    [
      'deploy: {placement: {preferences: [{spread: zone}]}}',
      'deploy.placement.preferences[0].spread: hosts have no property `zone`',
    ],
    [
      'x-berth: {placement: {affinity: [db]}}',
      'x-berth.placement.affinity[0]: `db` is no service of this stack',
    ],
    ['x-berth: {placement: {priority: 101}}', 'x-berth.placement.priority: must be from 0 to 100'],
    [
      'x-berth: {placement: {preempt: always}}',
      'x-berth.placement.preempt: must be one of never, whenFull, atOnce',
    ],
    [
      'x-berth: {placement: {disruptionBudget: -1}}',
      'x-berth.placement.disruptionBudget: must be from 0 to 1000',
    ],
    [
      'x-berth: {placement: {disruptionBudget: 1001}}',
      'x-berth.placement.disruptionBudget: must be from 0 to 1000',
    ],
    [
      'x-berth: {placement: {disruptionBudget: 50%}}',
      'x-berth.placement.disruptionBudget: must be a whole number from 0 to 1000',
    ],
    ['x-berth: {placement: {tolerations: ["a b"]}}', 'x-berth.placement.tolerations[0]: `a b` is no taint'],
  ])('refuses %s', (yaml, problem) => expect(problemsWith(yaml)).toEqual([problem]));

  it('names neighbours of the stack in JSON too', () => {
    const { spec } = accept(
      'name: a\nservices: {web: {image: a, x-berth: {placement: {affinity: [db]}}}, db: {image: b}}',
    );
    const without = { ...spec, services: { web: spec.services['web'] } };
    expect(stackSpec.safeParse(spec).success).toBe(true);
    expect(stackSpec.safeParse(without).error?.issues[0]).toMatchObject({
      path: ['services', 'web', 'placement', 'affinity', 0],
      message: 'is no service of this stack',
    });
  });
});

describe('GPUs and disk', () => {
  it('are counted as they are asked for', () => {
    const one = { count: 1, sharePercent: 100, driver: 'nvidia', capabilities: ['gpu'] };
    expect(gpus('{capabilities: [gpu], count: 1}')).toEqual(one);
    expect(gpus('{capabilities: [utility, gpu], count: "2", driver: nvidia}')).toEqual({
      ...one,
      count: 2,
      capabilities: ['gpu', 'utility'],
    });
    expect(gpus('{capabilities: [gpu], count: 1}', '\nx-berth: {resources: {gpuShare: 0.25}}')).toEqual({
      ...one,
      sharePercent: 25,
    });
    expect(serviceWith('x-berth: {resources: {disk: 2g}}').resources.reservedDiskBytes).toBe(2 * 1024 ** 3);
  });

  const at = 'deploy.resources.reservations.devices[0]';
  it.each([
    [
      device('{capabilities: [gpu]}'),
      `${at}: has no \`count\`, which means all GPUs of whatever host it is; placement has to know how many`,
    ],
    [device('{capabilities: [gpu], count: all}'), `${at}.count: must be a whole number`],
    [
      device('{capabilities: [tpu], count: 1}'),
      `${at}.capabilities[0]: the capability \`tpu\` is not supported`,
    ],
    [
      device('{capabilities: [utility], count: 1}'),
      `${at}.capabilities: names no \`gpu\`, and hosts offer no other devices`,
    ],
    [
      device('{capabilities: [gpu], count: 1, driver: amd}'),
      `${at}.driver: the driver \`amd\` is not supported`,
    ],
    ['x-berth: {resources: {gpuShare: 0.5}}', 'x-berth.resources.gpuShare: is a share of no GPU'],
    [
      device('{capabilities: [gpu], count: 2}', '\nx-berth: {resources: {gpuShare: 0.5}}'),
      'x-berth.resources.gpuShare: a share is of one GPU, and several are asked for',
    ],
    ['x-berth: {resources: {disk: big}}', 'x-berth.resources.disk: `big` is no size of a disk'],
  ])('refuse %s', (yaml, problem) => expect(problemsWith(yaml)).toContain(problem));
});

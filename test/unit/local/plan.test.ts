import { describe, expect, it } from '@jest/globals';
import {
  CLOUD_INDICES,
  hostNames,
  isLinkOf,
  isNetnsOf,
  metadataNames,
  planCloud,
} from '../../../local/plan.ts';

const plans = Array.from({ length: CLOUD_INDICES }, (_, index) =>
  planCloud(`cloud-${String(index)}`, index, '/p'),
);

describe('the plan of a local cloud', () => {
  it('gives the default cloud the ports that LocalStack users know', () => {
    expect(planCloud('local', 0, '/p')).toMatchObject({
      bridge: { name: 'brth0', address: '10.77.0.1', subnet: '10.77.0.0/24' },
      ports: { relay: 4566, emulator: 4567, ec2: 4599, route53: 4598, dns: 5300 },
      paths: { state: '/p/.berth/local', file: '/p/.berth/local.json' },
    });
  });

  it('shares no port, bridge, subnet, folder or control group between two clouds', () => {
    const ports = plans.flatMap((plan) => Object.values(plan.ports) as number[]);
    expect(new Set(ports).size).toBe(ports.length);
    for (const value of [
      plans.map((plan) => plan.bridge.name),
      plans.map((plan) => plan.bridge.subnet),
      plans.map((plan) => plan.paths.state),
      plans.map((plan) => plan.cgroup),
    ])
      expect(new Set(value).size).toBe(CLOUD_INDICES);
  });

  it('tells the links and namespaces of cloud 1 from those of cloud 11', () => {
    for (const owner of plans)
      for (const names of [hostNames(owner, `10.77.${String(owner.index)}.254`), metadataNames(owner)])
        for (const plan of plans) {
          expect(isNetnsOf(plan, names.netns)).toBe(plan === owner);
          expect(isLinkOf(plan, names.link)).toBe(plan === owner);
          expect(names.link.length).toBeLessThanOrEqual(15);
        }
  });

  it.each(['', 'Local', 'a_b', '-a', 'a-', 'x'.repeat(21), 'cache', 'log'])(
    'refuses the name "%s"',
    (name) => {
      expect(() => planCloud(name, 0, '/p')).toThrow(RangeError);
    },
  );

  it.each([-1, 16, 0.5, Number.NaN])('refuses the index %d', (index) => {
    expect(() => planCloud('local', index, '/p')).toThrow(RangeError);
  });
});

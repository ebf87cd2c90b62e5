/** The network in context: what is refused, and with which words. */
import { describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { POOL_NAME } from '../../contract/pool-spec.ts';
import {
  GROUPS_MAX,
  NAMED_GROUPS_MAX,
  POOL_GROUPS_NAME,
  readExistingNetwork,
  SUBNETS_MAX,
} from '../../infra/existing-network.ts';

const IDS = {
  vpc: 'vpc-0a1b2c3d4e5f60718',
  subnets: 'subnet-0a1b2c3d, subnet-1a2b3c4d',
  securityGroups: 'sg-0a1b2c3d',
};

it('groups are named as the contract of pools has it', () => {
  expect(POOL_GROUPS_NAME.source).toBe(POOL_NAME.source);
});

describe('bad context', () => {
  const read = (context: Record<string, unknown>) => readExistingNetwork(new App({ context }).node);

  it.each([
    [{ subnets: 'subnet-0a1b2c3d' }, /"subnets" is of a VPC that is not named: add -c vpc=/],
    [{ securityGroups: 'sg-0a1b2c3d' }, /"securityGroups" is of a VPC that is not named/],
    [{ vpc: IDS.vpc }, /"vpc" needs the subnets that hosts go into: add -c subnets=/],
    [{ ...IDS, vpc: 'vpc-0a1b2c3d,vpc-1a2b3c4d' }, /"vpc" must name one VPC/],
    [{ ...IDS, vpc: 'vpc-12' }, /"vpc" has "vpc-12", which is no id of its kind: write vpc-\.\.\./],
    [{ ...IDS, vpc: 'subnet-0a1b2c3d' }, /"vpc" has "subnet-0a1b2c3d", which is no id of its kind/],
    [{ ...IDS, subnets: 'sg-0a1b2c3d' }, /"subnets" has "sg-0a1b2c3d", which is no id of its kind/],
    [{ ...IDS, subnets: 'a,,b' }, /"subnets" has "", which is neither subnet-\.\.\./],
    [{ ...IDS, subnets: '' }, /"subnets" has ""/],
    [{ ...IDS, subnets: 'a, a' }, /"subnets" names "a" twice/],
    [{ ...IDS, subnets: "a'b" }, /"subnets" has "a'b"/],
    [{ ...IDS, subnets: ['subnet-0a1b2c3d'] }, /"subnets" must be text/],
    [{ ...IDS, vpc: true }, /"vpc" must be text: -c vpc=/],
    [
      { ...IDS, subnets: Array.from({ length: SUBNETS_MAX + 1 }, (_, index) => `s${index}`).join() },
      /names 21 subnets: at most 20/,
    ],
    [
      { ...IDS, securityGroups: Array.from({ length: GROUPS_MAX + 1 }, (_, index) => `g${index}`).join() },
      /names 4 groups: at most 3/,
    ],
    [
      { 'securityGroups.web': 'sg-0a1b2c3d' },
      /"securityGroups.web" is of a VPC that is not named: add -c vpc=/,
    ],
    [{ ...IDS, 'securityGroups.Web': 'sg-0a1b2c3d' }, /"Web" is no name for security groups/],
    [
      { ...IDS, 'securityGroups.web': 'sg-0a' },
      /"securityGroups.web" has "sg-0a", which is no id of its kind/,
    ],
    [{ ...IDS, 'securityGroups.web': 'a,b,c,d' }, /"securityGroups.web" names 4 groups: at most 3/],
    [
      {
        ...IDS,
        ...Object.fromEntries(
          Array.from({ length: NAMED_GROUPS_MAX + 1 }, (_, index) => [`securityGroups.n${index}`, 'a']),
        ),
      },
      /names 5 "securityGroups\.\.\.\.": at most 4/,
    ],
    [
      {
        ...{ vpc: IDS.vpc, subnets: Array.from({ length: 12 }, (_, index) => `s${index}`).join() },
        ...{ 'securityGroups.a': 'a', 'securityGroups.b': 'b', 'securityGroups.c': 'c' },
      },
      /12 subnets and 3 "securityGroups\.\.\.\.", more than one policy holds: with 3 names at most 11 subnets/,
    ],
    [
      { ...IDS, 'securityGroups.a-b': 'a', 'securityGroups.ab': 'b' },
      /"securityGroups.a-b" and "securityGroups.ab" differ in a hyphen alone/,
    ],
  ])('%j is refused with what to write instead', (context, words) => {
    expect(() => read(context)).toThrow(words);
  });

  it('stops where the bounds are', () => {
    const many = (count: number, of: string) => Array.from({ length: count }, (_, index) => `${of}${index}`);
    const most = {
      vpc: 'shared',
      subnets: many(SUBNETS_MAX, 's').join(),
      securityGroups: many(GROUPS_MAX, 'g').join(),
      'securityGroups.web': many(GROUPS_MAX, 'w').join(),
    };
    expect(read(most)).toEqual({
      vpc: 'shared',
      subnets: many(SUBNETS_MAX, 's'),
      securityGroups: many(GROUPS_MAX, 'g'),
      groupsByName: { web: many(GROUPS_MAX, 'w') },
    });
  });
});

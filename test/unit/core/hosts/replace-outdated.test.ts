import { describe, expect, it } from '@jest/globals';
import type { HostCatalog } from '../../../../functions/core/hosts/offerings.ts';
import { FILE_ALONE } from '../../../../functions/core/model/price.ts';
import { replaceOutdated } from '../../../../functions/core/hosts/replace-outdated.ts';
import type { Host } from '../../../../functions/core/model/host.ts';
import { NOTHING_SHORT, type TemplateVersion } from '../../../../functions/core/model/offering.ts';
import { poolsOf, type PoolSpec } from '../../../../functions/core/model/pool.ts';
import type { Snapshot } from '../../../../functions/core/model/snapshot.ts';
import { host, hostView, NOW, settings, snapshot } from '../../../support/builders.ts';

const CATALOG: HostCatalog = {
  prices: FILE_ALONE,
  types: new Map([['t3.small', { cpuMillis: 2000, memoryBytes: 2 * 1024 ** 3, quota: 'L-1' }]]),
  securityGroups: ['web'],
  subnets: [{ id: 'subnet-a', zone: 'us-east-1a', name: '' }],
};
const TEMPLATE: TemplateVersion = { architecture: 'x86_64', launchTemplateId: 'lt-1', version: '2' };
const POOL: PoolSpec = poolsOf(settings())[0]!;
const old = (name: string, minutes: number, over: Partial<Host> = {}) =>
  host(name, { requestedAtMs: NOW - minutes * 60_000, ...over });
const fresh = (name: string, over: Partial<Host> = {}) =>
  host(name, { launch: { ...host('x').launch, launchTemplateVersion: '2' }, ...over });
const decide = (hosts: Host[], over: Partial<Snapshot> = {}, waiting = false) =>
  replaceOutdated(
    snapshot({
      hosts: hosts.map((one) => hostView(one)),
      offerings: { ...NOTHING_SHORT, templates: [TEMPLATE] },
      ...over,
    }),
    { catalog: CATALOG, waiting, nowMs: NOW },
  );

describe('hosts of an older launch template version', () => {
  it('get a successor first, the oldest of them', () => {
    const { batch, drained } = decide([old('b', 10), old('a', 60), fresh('c')]);
    expect(drained).toBeNull();
    expect(batch).toMatchObject({ count: 1, replaces: 'h-a', instanceType: 't3.small', pool: 'default' });
  });

  it('are drained once it is ready, and only that one', () => {
    const { batch, drained, decisions } = decide([
      old('a', 60),
      old('b', 10),
      fresh('c', { replaces: host('a').id }),
    ]);
    expect(batch).toBeNull();
    expect(drained).toMatchObject({ id: 'h-a', state: 'draining', drain: { cause: 'outdated' } });
    expect(decisions).toMatchObject([
      { code: 'host-outdated', message: expect.stringContaining('h-c takes its place') },
    ]);
  });

  it('are those of a template that is not their pool’s any more, too', () => {
    const web: TemplateVersion = { ...TEMPLATE, securityGroups: 'web', launchTemplateId: 'lt-web' };
    const over = {
      settings: settings({ pools: { default: { ...POOL, securityGroups: 'web' } } }),
      offerings: { ...NOTHING_SHORT, templates: [TEMPLATE, web] },
    };
    const { batch } = decide([fresh('a')], over);
    expect(batch).toMatchObject({
      replaces: 'h-a',
      securityGroups: 'web',
      reason: expect.stringContaining('has version 2 of the launch template lt-1'),
    });
    const moved = fresh('a', { launch: { ...fresh('a').launch, launchTemplateId: 'lt-web' } });
    expect(decide([moved], over).batch).toBeNull();
  });

  it.each<[string, Host[], Partial<Snapshot>]>([
    [
      'what was looked up is of an older version, which did not say for whom',
      [old('a', 60)],
      { offerings: { ...NOTHING_SHORT, templates: [{ launchTemplateId: 'lt-1', version: '2' }] } },
    ],
    [
      'its pool names groups that were not deployed',
      [old('a', 60)],
      { settings: settings({ pools: { default: { ...POOL, securityGroups: 'gone' } } }) },
    ],
    ['nobody is outdated', [fresh('a')], {}],
    ['nothing was looked up', [old('a', 60)], { offerings: NOTHING_SHORT }],
    ['it is switched off', [old('a', 60)], { settings: settings({ outdatedHosts: 'keep' }) }],
    ['a host is coming', [old('a', 60), fresh('b', { state: 'booting' })], {}],
    [
      'a host is being drained',
      [
        old('a', 60),
        fresh('b', { state: 'draining', drain: { cause: 'asked', reason: '', sinceMs: 0, byMs: null } }),
      ],
      {},
    ],
    ['a host is silent', [old('a', 60), fresh('b', { state: 'lost' })], {}],
    [
      'a service is being rolled out',
      [old('a', 60)],
      { services: [{ state: 'progressing' } as Snapshot['services'][number]] },
    ],
    [
      'the pool is full',
      [old('a', 60)],
      { settings: settings({ pools: { default: { ...POOL, hostsMax: 1 } } }) },
    ],
    [
      'its budget is',
      [old('a', 60)],
      { settings: settings({ pools: { default: { ...POOL, budgetPerHour: 0.03 } } }) },
    ],
  ])('wait while %s', (_, hosts, over) => {
    expect(decide(hosts, over)).toMatchObject({ batch: null, drained: null });
  });

  it('wait while tasks wait for a host', () => {
    expect(decide([old('a', 60)], {}, true)).toMatchObject({ batch: null, drained: null });
  });
});

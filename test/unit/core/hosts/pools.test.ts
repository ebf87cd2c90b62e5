import { describe, expect, it } from '@jest/globals';
import { listPrice, priceOf } from '../../../../functions/core/hosts/prices.ts';
import { whyNoHost } from '../../../../functions/core/hosts/why-no-host.ts';
import { NOTHING_SHORT } from '../../../../functions/core/model/offering.ts';
import { FILE_ALONE } from '../../../../functions/core/model/price.ts';
import { architectureOf, poolsOf, withPool, withShortForm } from '../../../../functions/core/model/pool.ts';
import { host, hostView, NOW, settings } from '../../../support/builders.ts';

describe('pools', () => {
  const small = poolsOf(settings())[0]!;

  it('are the default one, by its short form, until somebody writes others', () => {
    expect(poolsOf(settings())).toEqual([
      expect.objectContaining({ name: 'default', instanceTypes: ['t3.small'], hostsMin: 0, hostsMax: 10 }),
    ]);
    const more = withPool(withPool(settings(), 'z', small), 'a', small);
    expect(poolsOf(more).map(({ name }) => name)).toEqual(['default', 'a', 'z']);
    expect(poolsOf(withPool(more, 'a', null)).map(({ name }) => name)).toEqual(['default', 'z']);
  });

  it('have one truth: the short form follows the long one, and the long one the short', () => {
    const long = withPool(settings(), 'default', {
      ...small,
      instanceTypes: ['m7g.large', 'c7g.large'],
      hostsMax: 4,
    });
    expect(long.pool).toEqual({ instanceType: 'm7g.large', architecture: 'arm64', hostsMax: 4 });
    const fewer = withShortForm(long, { ...long.pool, hostsMax: 2 });
    expect(poolsOf(fewer)[0]).toMatchObject({ instanceTypes: ['m7g.large', 'c7g.large'], hostsMax: 2 });
    const other = withShortForm(long, { ...long.pool, instanceType: 't4g.small' });
    expect(poolsOf(other)[0]).toMatchObject({ instanceTypes: ['t4g.small'], hostsMax: 4 });
    const closed = withShortForm(withPool(settings(), 'default', { ...small, hostsMin: 3 }), {
      ...settings().pool,
      hostsMax: 0,
    });
    expect(poolsOf(closed)[0]).toMatchObject({ hostsMin: 0, hostsMax: 0 });
  });

  it.each([
    ['t4g.small', 'arm64'],
    ['m7g.large', 'arm64'],
    ['c7gn.xlarge', 'arm64'],
    ['im4gn.large', 'arm64'],
    ['is4gen.large', 'arm64'],
    ['g5g.xlarge', 'arm64'],
    ['a1.large', 'arm64'],
    ['t3.small', 'x86_64'],
    ['g5.xlarge', 'x86_64'],
    ['g4dn.xlarge', 'x86_64'],
    ['m7i-flex.large', 'x86_64'],
    ['trn1.2xlarge', 'x86_64'],
  ])('know the architecture of %s by its name', (name, architecture) => {
    expect(architectureOf(name)).toBe(architecture);
  });
});

describe('prices', () => {
  it.each([
    // As the list has them: sizes are multiples of each other.
    ['t3.nano', 0.0052],
    ['t4g.small', 0.0168],
    ['t3.xlarge', 0.1664],
    ['m7g.medium', 0.0408],
    ['m7i.xlarge', 0.2016],
    ['c7g.16xlarge', 2.32],
    ['m7i.12xlarge', 2.4192],
    ['c5.9xlarge', 1.53],
    ['r8g.2xlarge', 0.47128],
  ])('%s: $%f', (name, price) => {
    expect(listPrice(name)).toBe(price);
  });

  it('of what the list has not are estimated from the size, and say so', () => {
    expect([listPrice('zz9.large'), listPrice('m7g.metal'), listPrice('toString.large')]).toEqual([
      null,
      null,
      null,
    ]);
    const { perHour, isListed } = priceOf(
      'zz9.large',
      { cpuMillis: 2000, memoryBytes: 8 * 1024 ** 3 },
      FILE_ALONE,
    );
    expect(isListed).toBe(false);
    expect(perHour).toBeGreaterThan(0.08925);
    expect(perHour).toBeLessThan(0.1323);
  });
});

describe('why there is no host', () => {
  it('is what pools may not, and what is short, with the time of the next try', () => {
    const full = settings({ pool: { ...settings().pool, hostsMax: 1 } });
    const hosts = [hostView(host('a'))];
    const offering = { instanceType: 't3.small', subnetId: 'subnet-a', zone: 'us-east-1a' };
    const offerings = {
      ...NOTHING_SHORT,
      refusals: [{ pool: 'default', message: 'the pool default ...' }],
      limits: [{ quota: 'L-1', message: 'vCPUs', atMs: NOW, untilMs: NOW + 60_000, times: 1 }],
      shortages: [
        {
          ...offering,
          market: 'on-demand' as const,
          kind: 'no-capacity' as const,
          message: 'none',
          atMs: NOW,
          untilMs: NOW + 180_000,
          times: 1,
        },
      ],
    };
    expect(whyNoHost({ hosts, settings: full, offerings }, NOW)).toEqual([
      'the pool default has its 1 hosts (hostsMax)',
      expect.stringMatching(/limit L-1 is reached \(vCPUs\).*asked again in 60 s/),
      't3.small in us-east-1a: no-capacity (none); asked again in 180 s',
    ]);
    expect(whyNoHost({ hosts, settings: settings(), offerings: NOTHING_SHORT }, NOW)).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { readConfig } from '../../infra/config.ts';

const read = (context: Record<string, unknown>) => readConfig(new App({ context }).node);

describe('configuration', () => {
  it('has defaults', () => {
    expect(read({})).toEqual({ cluster: 'berth', zoneName: 'berth.internal', network: null });
  });

  it('comes from context', () => {
    expect(read({ cluster: 'blue-2', zone: 'blue.example.com' })).toEqual({
      cluster: 'blue-2',
      zoneName: 'blue.example.com',
      network: null,
    });
  });

  it.each(['', 'Blue', '1a', 'a-', 'a_b', 'a'.repeat(41), "a'b", 3, null])(
    'refuses the cluster %j',
    (cluster) => {
      const refused = () => read({ cluster });
      if (cluster === null) expect(refused().cluster).toBe('berth');
      else expect(refused).toThrow(/context "cluster" must be/);
    },
  );

  it.each(['internal', 'berth.internal.', 'Berth.internal', '-a.internal', 'a..b', `${'a.'.repeat(50)}b`])(
    'refuses the zone %j',
    (zone) => {
      expect(() => read({ zone })).toThrow(/context "zone" must be/);
    },
  );
});

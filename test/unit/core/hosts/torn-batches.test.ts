import { describe, expect, it } from '@jest/globals';
import { writeIntents } from '../../../../functions/core/hosts/intent.ts';
import { nextHostStep } from '../../../../functions/core/hosts/next-steps.ts';
import { tornBatches } from '../../../../functions/core/hosts/torn-batches.ts';
import type { Host } from '../../../../functions/core/model/host.ts';
import { hostBatch, instance, NOW, settings } from '../../../support/builders.ts';

const rows = writeIntents(
  hostBatch(),
  { launchTemplateId: 'lt-1', launchTemplateVersion: '1' },
  { nowMs: NOW, seed: 's' },
);
const [first, second, third] = rows as readonly [Host, Host, Host];
const batch = first.launch.batch;

describe('a batch of hosts', () => {
  it('is torn while some of its rows are missing', () => {
    expect([...tornBatches([first])]).toEqual([batch]);
    expect([...tornBatches([first, second])]).toEqual([batch]);
    expect([...tornBatches(rows)]).toEqual([]);
  });

  it('is not, when its launch was answered, or is tried again', () => {
    expect([...tornBatches([first, { ...second, instanceId: 'i-1' }])]).toEqual([]);
    expect([...tornBatches([first, { ...second, retryAtMs: NOW + 60_000 }])]).toEqual([]);
  });

  it('is whole with those of its rows that nobody waits for any more', () => {
    expect([...tornBatches([first, second, { ...third, state: 'terminating' }])]).toEqual([]);
  });

  it('that is torn is forgotten with its reason, unless its instance is there', () => {
    const outlook = { settings: settings(), nowMs: NOW, torn: true };
    expect(nextHostStep(first, [], outlook)).toMatchObject({
      kind: 'forget',
      reason: expect.stringMatching(/not all 3 rows of its batch .* nothing was launched/),
    });
    const claimed = instance(first, { instanceId: 'i-found' });
    expect(nextHostStep(first, [claimed], { ...outlook, claimed }).kind).toBe('found');
  });
});

import { describe, expect, it } from '@jest/globals';
import type { StackDetail } from '../../../contract/http-api.ts';
import { painter } from '../../../cli/output/paint.ts';
import { deployRows, outcomeOf, waitingFor } from '../../../cli/watch/deploy-view.ts';
import { serviceStatus, stackDetail } from './support/samples.ts';

const DEPLOY = { stack: 'shop', revision: 2 };
const plain = painter(false);
const done = { state: 'converged', running: 2, healthy: 2 } as const;

describe('a deploy of revision 2', () => {
  it.each<[string, Partial<StackDetail> | null, string | null, RegExp]>([
    ['just accepted', { revision: 2 }, null, /^/],
    ['an older answer that has converged', { revision: 1, state: 'converged' }, null, /^/],
    ['an older answer that has failed', { revision: 1, state: 'failed' }, null, /^/],
    [
      'converged',
      { revision: 2, state: 'converged', services: [serviceStatus(done)] },
      'CONVERGED',
      /2 replicas of 1 service healthy/,
    ],
    [
      'converged with nothing wanted',
      { revision: 2, state: 'converged', services: [] },
      'CONVERGED',
      /0 replicas/,
    ],
    [
      'failed',
      {
        revision: 2,
        state: 'failed',
        services: [
          serviceStatus({ state: 'failed', reason: 'image-pull-failed: no such image' }),
          serviceStatus({ service: 'api', ...done }),
        ],
      },
      'FAILED',
      /^web: image-pull-failed: no such image$/,
    ],
    ['failed without a reason', { revision: 2, state: 'failed', services: [] }, 'FAILED', /gave no reason/],
    [
      'overtaken',
      { revision: 3, state: 'converged' },
      'SUPERSEDED',
      /revision 3 took its place \(by .*ann\)/,
    ],
    ['overtaken by a failed one', { revision: 3, state: 'failed' }, 'SUPERSEDED', /revision 3/],
    ['being removed', { revision: 2, state: 'removing' }, 'SUPERSEDED', /removed meanwhile/],
    ['gone', null, 'SUPERSEDED', /removed meanwhile/],
  ])('%s', (_name, change, result, reason) => {
    const outcome = outcomeOf(DEPLOY, change === null ? null : stackDetail(change));
    expect(outcome?.result ?? null).toBe(result);
    expect(outcome?.reason ?? '').toMatch(reason);
  });

  it('says what it waits for in the control plane’s words, else by the counts', () => {
    const services = [
      serviceStatus({ reason: 'waiting for a host: 1 requested 3 s ago' }),
      serviceStatus({ service: 'api', replicas: 1, running: 1 }),
      serviceStatus({ service: 'done', ...done }),
    ];
    expect(waitingFor(stackDetail({ services }))).toBe(
      'web: waiting for a host: 1 requested 3 s ago; api: 0 of 1 healthy',
    );
    expect(waitingFor(null)).toBe('the stack to appear');
  });

  it('is shown as one row a service, the clock apart so that it makes no news', () => {
    const services = [
      serviceStatus({ running: 1, reason: '0 of 2 replicas healthy; waiting for a host: none yet' }),
      serviceStatus({
        service: 'api',
        replicas: 1,
        running: 1,
        healthy: 1,
        state: 'converged',
        reason: 'all well',
      }),
    ];
    expect(deployRows(DEPLOY, stackDetail({ revision: 2, services }), 12_400, plain)).toEqual([
      { key: 'stack', text: 'shop revision 2: progressing', ticking: '  12 s' },
      { key: 'service web', text: '  web  1 of 2 running, 0 healthy  waiting for a host: none yet' },
      { key: 'service api', text: '  api  1 of 1 running, 1 healthy' },
    ]);
  });
});

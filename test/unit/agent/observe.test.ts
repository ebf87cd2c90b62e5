/** What the observer tells of its looks: news at once, and seldom that there are none. */
import { describe, expect, it } from '@jest/globals';
import { createObserver } from '../../../agent/loops/observe.ts';
import { createFakeDocker } from '../../support/fake-docker.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function observed() {
  const clock = virtualClock(1_000_000);
  const docker = createFakeDocker({ clock, cluster: 'berth', play: () => ({}) });
  const stop = new AbortController();
  const seen = { looks: 0 };
  const onChange = (): void => void (seen.looks += 1);
  const observer = createObserver({
    ...{ engine: docker, cluster: 'berth', clock, log: SILENT, relistMs: 5000, onChange },
  });
  void observer.run(stop.signal);
  await clock.advance(1000);
  return { clock, docker, seen, observer };
}

describe('an observer of containers that stay as they are', () => {
  it('tells it once a minute, however often it looks', async () => {
    const { clock, seen } = await observed();
    const before = seen.looks;
    await clock.advance(600_000);
    expect(seen.looks - before).toBeGreaterThanOrEqual(9);
    expect(seen.looks - before).toBeLessThanOrEqual(10);
  });

  it('tells at the next look that Docker no longer answers, and that it does again', async () => {
    const { clock, docker, seen, observer } = await observed();
    docker.setDown(true);
    await clock.advance(6000);
    expect(observer.view().answers).toBe(false);
    const silent = seen.looks;
    docker.setDown(false);
    await clock.advance(6000);
    expect(observer.view().answers).toBe(true);
    expect(seen.looks).toBeGreaterThan(silent);
  });
});

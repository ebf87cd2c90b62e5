import { describe, expect, it } from '@jest/globals';
import { Logger } from '@aws-lambda-powertools/logger';
import { timed } from '../../../functions/handlers/shared/timed.ts';

interface Line {
  readonly message: string;
  readonly [field: string]: unknown;
}

function noted() {
  const lines: Line[] = [];
  const note = (text: string): void => void lines.push(JSON.parse(text) as Line);
  const logger = new Logger({ serviceName: 'test' });
  // Powertools writes through a console of its own.
  Object.assign(logger, { console: { info: note, warn: note, error: note, debug: note, trace: note } });
  return { lines, logger };
}

describe('a run of a loop', () => {
  it('is one line: which loop, how it ended, how long it took, and why it ran', async () => {
    const { lines, logger } = noted();
    await timed(logger, 'register', () => Promise.resolve('done' as const))(['tick', 'put', 'tick']);
    expect(lines).toMatchObject([
      { message: 'pass', loop: 'register', outcome: 'done', why: ['tick', 'put'] },
    ]);
    expect([lines[0]?.['ms'], lines[0]?.['startedMs']]).toEqual([expect.any(Number), expect.any(Number)]);
  });

  it('that fails is no such line: its error goes on to the stack', async () => {
    const { lines, logger } = noted();
    const run = timed(logger, 'register', () => Promise.reject(new Error('broken')));
    await expect(run([])).rejects.toThrow('broken');
    expect(lines).toEqual([]);
  });
});

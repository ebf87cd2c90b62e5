import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { livingHolder, readHolder, tryLock, withLock } from '../../../local/lock.ts';
import { identify } from '../../../local/process-identity.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a lock file', () => {
  it('has one holder, who is named in it, and leaves nothing behind', () => {
    const file = join(folder, 'sub/lock');
    const release = tryLock(file, 'me');
    expect(release).toBeDefined();
    expect(tryLock(file)).toBeUndefined();
    expect(livingHolder(file)).toMatchObject({ pid: process.pid, about: 'me' });
    release?.();
    expect(readdirSync(join(folder, 'sub'))).toEqual([]);
    expect(tryLock(file)).toBeDefined();
  });

  it.each([
    ['no such process', { pid: 2 ** 22 + 1, started: '1' }],
    ['another process with the same pid', { pid: process.pid, started: '1' }],
  ])('is free when its holder is dead: %s', (_, dead) => {
    const file = join(folder, 'lock');
    writeFileSync(file, JSON.stringify({ ...dead, about: 'gone' }));
    expect(livingHolder(file)).toBeUndefined();
    expect(readHolder(file)).toMatchObject({ about: 'gone' });
    expect(tryLock(file)).toBeDefined();
    expect(livingHolder(file)?.started).toBe(identify(process.pid)?.started);
  });

  it('lets one run after the other', async () => {
    const file = join(folder, 'lock');
    const order: string[] = [];
    const job = (name: string) =>
      withLock(file, 5000, async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push(`${name} out`);
      });
    await Promise.all([job('a'), job('b')]);
    expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetOfDead, keepNewest, namedForProcess } from '../../../../local/emulator/forget-old.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-forget-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a cache', () => {
  it('keeps the youngest of a form, without the locks of the others, and all else', () => {
    for (const [age, name] of ['a1', 'a2', 'a3', 'b'].entries()) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, `${name}.lock`), '');
      utimesSync(join(folder, name), 1000 + age, 1000 + age);
    }
    keepNewest(folder, /^a\d$/, 2);
    expect(readdirSync(folder).sort()).toEqual(['a2', 'a2.lock', 'a3', 'a3.lock', 'b', 'b.lock']);
  });

  it('loses what belonged to processes that are gone, and nothing of those that run', () => {
    const { pid } = spawnSync('true');
    const names = [`x-${pid}-abc`, `${namedForProcess('x-')}abc`, `x-nobody`, `y-${pid}-abc`];
    for (const name of names) mkdirSync(join(folder, name));
    forgetOfDead(folder, 'x-');
    expect(readdirSync(folder).sort()).toEqual(names.slice(1).sort());
  });

  it('may not be there yet', () => {
    expect(() => {
      keepNewest(join(folder, 'no'), /./, 1);
      forgetOfDead(join(folder, 'no'), '');
    }).not.toThrow();
  });
});

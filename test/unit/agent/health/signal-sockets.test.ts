/** The replicas' sockets, for real: what a well-behaved container says, and what a hostile one tries. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../../../agent/clock.ts';
import { createLog } from '../../../../agent/log.ts';
import { createSignalSockets, type SignalSockets } from '../../../../agent/signals/signal-sockets.ts';
import { BOUNDS } from '../../../../agent/signals/task-socket.ts';
import { readWord, type Saying } from '../../../../agent/signals/words.ts';
import { eventually } from '../../../support/eventually.ts';

let folder: string;
let sockets: SignalSockets;
const open: Socket[] = [];
/** Rests that are slept by the test's word. */
let rests: (() => void)[] = [];
const clock: Clock = {
  now: () => systemClock.now(),
  sleep: () => new Promise((resolve) => rests.push(resolve)),
};
const log = createLog(() => undefined, Date.now);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-signals-'));
  sockets = createSignalSockets(folder, clock, log);
  rests = [];
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await sockets.keep(new Set());
  rmSync(folder, { recursive: true, force: true });
});

const words: Saying[] = [];
const keep = (word: Saying): Promise<void> => {
  words.push(word);
  return Promise.resolve();
};
beforeEach(() => void words.splice(0));

/** Sends a text and its end; resolves with all that came back until the other side closed. */
function say(path: string, text: string | Buffer, end = true): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ path, allowHalfOpen: true });
    open.push(socket);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      heard ||= error.code ?? 'error';
    });
    socket.on('data', (part) => (heard += part.toString()));
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(heard));
    if (end) socket.end(text);
    else socket.write(text);
  });
}
const pathOf = async (task = 'task-0001'): Promise<string> =>
  join(await sockets.open(task, keep), 'health.sock');

describe('a line', () => {
  it.each([
    ['ready', { ready: true, reason: '' }],
    ['ready \r', { ready: true, reason: '' }],
    ['not-ready', { ready: false, reason: '' }],
    ['not-ready cache is cold', { ready: false, reason: 'cache is cold' }],
    ['not-ready \u001b[2Jboo\u0000', { ready: false, reason: '[2Jboo' }],
    ['metric jobs_waiting 12', { metric: 'jobs_waiting', value: 12 }],
    ['metric\tlag  -1.5e3 \r', { metric: 'lag', value: -1500 }],
    ['protect', { protect: true }],
    ['unprotect ', { protect: false }],
  ])('%j is a word', (line, word) => expect(readWord(line)).toEqual(word));
  it.each([
    '',
    'READY',
    'ready!',
    'ready now',
    'notready',
    ' ready',
    'not-readyx',
    'metric',
    'metric jobs',
    'metric jobs NaN',
    'metric jobs 1e999',
    'metric jobs 0x10',
    'metric 1x 1',
    'metric a b 1',
    'protect me',
    '{"ready":true}',
  ])('%j is none', (line) => expect(typeof readWord(line)).toBe('string'));
});

describe('a socket', () => {
  it('takes words, each answered when it is kept', async () => {
    const path = await pathOf();
    expect(await say(path, 'ready\nnot-ready for lunch\nnonsense\nready')).toBe(
      'ok\nok\nerror say `ready`, `not-ready REASON`, `metric NAME VALUE`, `protect` or `unprotect`\nok\n',
    );
    expect(words).toEqual([
      { ready: true, reason: '' },
      { ready: false, reason: 'for lunch' },
      { ready: true, reason: '' },
    ]);
  });

  it('says so when a word could not be kept', async () => {
    const full = (): Promise<void> => Promise.reject(new Error('ENOSPC'));
    const path = join(await sockets.open('task-full', full), 'health.sock');
    expect(await say(path, 'ready\n')).toBe('error it could not be kept, say it again: ENOSPC\n');
  });

  it('can be reached by every user, and its folder be changed by none', async () => {
    const before = process.umask(0o077);
    try {
      const path = await pathOf();
      expect((statSync(path).mode & 0o777).toString(8)).toBe('666');
      expect((statSync(join(path, '..')).mode & 0o777).toString(8)).toBe('755');
    } finally {
      process.umask(before);
    }
  });

  it('is opened again in the same folder by the next agent, and stale ones are swept', async () => {
    const path = await pathOf();
    const inode = statSync(join(path, '..')).ino;
    mkdirSync(join(folder, 'stale'));
    const next = createSignalSockets(folder, clock, log);
    await next.open('task-0001', keep);
    await next.keep(new Set(['task-0001']));
    expect(statSync(join(path, '..')).ino).toBe(inode);
    expect(await say(path, 'ready\n')).toBe('ok\n');
    expect(readdirSync(folder)).toHaveLength(1);
    await next.keep(new Set());
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has a path that fits, however long the task’s name', async () => {
    const folderOf = await sockets.open('x'.repeat(120), keep);
    expect(`/var/lib/berth/signals${folderOf.slice(folder.length)}/health.sock`.length).toBeLessThan(107);
  });

  it('lets a run that is over say nothing more', async () => {
    const path = await pathOf();
    const answer = say(path, 'rea', false);
    await eventually(() => open.at(-1)?.readyState === 'open', { what: 'the connection' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    sockets.cut('task-0001');
    expect(await answer).toBe('');
    expect(words).toEqual([]);
  });
});

describe('a hostile container', () => {
  it('that talks without an end of line is cut off', async () => {
    const path = await pathOf();
    expect(await say(path, Buffer.alloc(5_000_000, 'x'))).toMatch(
      /^(error a line has at most 256 bytes\n|EPIPE|ECONNRESET)/,
    );
    expect(words).toEqual([]);
  });

  it('that talks too much is cut off, over all its connections', async () => {
    const path = await pathOf();
    const heard = await say(path, 'ready\nnot-ready\n'.repeat(50_000));
    expect(heard.match(/ok\n/g)).toHaveLength(BOUNDS.words.burst);
    expect(heard).toMatch(/error too many words/);
    expect(await say(path, 'ready\n')).toMatch(/error too many words/);
    expect(words).toHaveLength(BOUNDS.words.burst);
  });

  it('has few connections at once', async () => {
    const path = await pathOf();
    const held = Array.from({ length: 12 }, () => say(path, 'x', false));
    let closed = 0;
    for (const each of held) void each.then(() => closed++);
    await eventually(() => closed >= 12 - BOUNDS.connections, { what: 'the refusals' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(closed).toBe(12 - BOUNDS.connections);
  });

  it('that connects without end finds the socket closed for a while, and others theirs open', async () => {
    const path = await pathOf();
    const other = await pathOf('task-0002');
    const seen = new Set<string>();
    for (let index = 0; index < 200 && !seen.has('ENOENT'); index++) seen.add(await say(path, ''));
    expect([...seen].some((each) => each === 'ENOENT' || each === 'ECONNREFUSED')).toBe(true);
    expect(await say(other, 'ready\n')).toBe('ok\n');
    expect(rests).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 600)); // so that one more connection is allowed
    rests[0]!();
    await eventually(async () => (await say(path, 'ready\n')) === 'ok\n', { what: 'the socket again' });
  });
});

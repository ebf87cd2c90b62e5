import { mkdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { EXIT } from '../../../cli/exit-codes.ts';
import { apiError, startFakeApi } from './support/fake-api.ts';
import type { FakeApi, Reply, Seen } from './support/fake-api.ts';
import { asAnn, emptyFolder, runCli } from './support/run-cli.ts';
import { COMPOSE, eventView, stackDetail } from './support/samples.ts';

/** Every test runs real processes: each takes about 0.3 s to start, more on a busy machine. */
jest.setTimeout(60_000);

let fake: FakeApi | null = null;
afterEach(async () => {
  await fake?.close();
  fake = null;
});

async function env(answer: (seen: Seen) => Reply): Promise<Record<string, string>> {
  fake = await startFakeApi(answer);
  return asAnn(fake.endpoint);
}

describe('the process', () => {
  it('ends with the exit code, help on stdout, usage errors on stderr', async () => {
    const help = await runCli(['ps', '--help']);
    expect([help.code, help.stdout.split('\n')[0], help.stderr]).toEqual([
      EXIT.ok,
      'Usage: berth ps [options] [stack]',
      '',
    ]);
    const usage = await runCli(['ps', '--jsn']);
    expect([usage.code, usage.stdout]).toEqual([EXIT.badInput, '']);
    expect(usage.stderr).toContain("unknown option '--jsn'");
  });
});

describe('endpoint and credentials', () => {
  it('come from the nearest local cloud, as its root', async () => {
    fake = await startFakeApi(() => ({ body: [] }));
    const cwd = emptyFolder();
    mkdirSync(join(cwd, '.berth'));
    mkdirSync(join(cwd, 'deep/er'), { recursive: true });
    writeFileSync(
      join(cwd, '.berth/local.json'),
      JSON.stringify({ endpoint: fake.endpoint, region: 'us-west-2' }),
    );
    const run = await runCli(['ps'], { cwd: join(cwd, 'deep/er'), env: { AWS_REGION: 'eu-central-1' } });
    expect(run).toEqual({ code: 0, stdout: 'no replicas\n', stderr: '' });
    expect(fake.seen[0]?.region).toBe('us-west-2');
  });

  it('files are meant from where npm was called', async () => {
    fake = await startFakeApi(() => ({ body: [] }));
    const folder = emptyFolder();
    mkdirSync(join(folder, '.berth'));
    writeFileSync(
      join(folder, '.berth/local.json'),
      JSON.stringify({ endpoint: fake.endpoint, region: 'us-east-1' }),
    );
    const npm = { npm_lifecycle_event: 'berth', INIT_CWD: folder };
    expect((await runCli(['ps'], { env: npm })).stdout).toBe('no replicas\n');
    expect((await runCli(['ps'], { env: { ...npm, npm_lifecycle_event: 'start' } })).code).toBe(
      EXIT.noAccess,
    );
  });

  it.each([
    ['nowhere', {}, /no AWS region is set\n.*\n.*npm start/],
    ['nobody', { AWS_REGION: 'eu-west-1' }, /no AWS credentials: .*\n.*AWS_PROFILE/],
    [
      'no such profile',
      { AWS_REGION: 'eu-west-1', AWS_PROFILE: 'gone', BERTH_ENDPOINT: 'http://127.0.0.1:59' },
      /no AWS credentials \(AWS_PROFILE=gone\): /,
    ],
    [
      'nobody listens',
      { ...asAnn('http://127.0.0.1:59') },
      /http:\/\/127.0.0.1:59\/ does not answer: connection refused\n.*BERTH_ENDPOINT/,
    ],
  ])('%s: exit 3', async (_name, with_, message) => {
    const run = await runCli(['ps'], { env: with_ });
    expect([run.code, run.stdout]).toEqual([EXIT.noAccess, '']);
    expect(run.stderr).toMatch(message);
  });

  it('somebody without permission is told who they are', async () => {
    const with_ = await env(() => ({ body: [] }));
    const sts = { AWS_ENDPOINT_URL: new URL('/', with_.BERTH_ENDPOINT).href };
    const wrong = { ...with_, ...sts, AWS_SECRET_ACCESS_KEY: 'wrong' };
    const run = await runCli(['ps'], { env: wrong });
    expect(run.code).toBe(EXIT.noAccess);
    expect(run.stderr).toMatch(/^error: arn:aws:iam::000000000000:user\/eve may not call /);
  });
});

describe('events', () => {
  const later = eventView({ id: '0002-a', code: 'task-failed', message: 'crash-loop' });

  it('are followed from the last one seen until Ctrl-C, through an outage', async () => {
    let calls = 0;
    const with_ = await env(({ query }) => {
      calls++;
      if (calls >= 2 && calls <= 6) return { status: 503, raw: true, body: '' };
      const after = query.get('after');
      return {
        body: { events: after === null ? [eventView()] : after === '0001-a' ? [later] : [], next: null },
      };
    });
    const run = await runCli(['events', '--follow', '--json'], {
      env: with_,
      onOutput: (text, child) => {
        if (text.includes('0002-a')) child.kill('SIGINT');
      },
    });
    expect(run.code).toBe(EXIT.ok);
    expect(
      run.stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id),
    ).toEqual(['0001-a', '0002-a']);
    expect(run.stderr).toContain('asking again');
  });

  it('into a closed pipe is no failure', async () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      eventView({ id: String(index), message: 'x'.repeat(1000) }),
    );
    const with_ = await env(() => ({ body: { events: many, next: null } }));
    const main = join(import.meta.dirname, '../../../cli/main.ts');
    const child = spawn(
      'bash',
      ['-c', `"${process.execPath}" "${main}" events | head -1; echo "\${PIPESTATUS[0]}"`],
      {
        env: { PATH: process.env.PATH ?? '', HOME: emptyFolder(), ...with_ },
        cwd: emptyFolder(),
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    expect([out.trim().split('\n').at(-1), err]).toEqual(['0', '']);
  });
});

describe('Ctrl-C while a deploy is awaited', () => {
  it('leaves it running and says how to watch it', async () => {
    let isPut = false;
    const with_ = await env(({ method, path }) => {
      if (path === '/v1/events') return { body: { events: [], next: null } };
      if (method === 'PUT') isPut = true;
      if (method === 'PUT')
        return { body: { stack: 'shop', revision: 1, changed: true, digest: 'd1', warnings: [] } };
      return isPut ? { body: stackDetail() } : apiError(404, 'not-found', 'there is no stack shop');
    });
    const run = await runCli(['deploy', '-f', '-'], {
      env: with_,
      stdin: COMPOSE,
      onOutput: (text, child) => {
        if (text.includes('0 of 2 running')) child.kill('SIGINT');
      },
    });
    expect([run.code, run.stderr]).toEqual([EXIT.interrupted, '']);
    expect(run.stdout).toMatch(
      /INTERRUPTED {2}shop revision 1: it goes on; watch it: berth events shop --follow/,
    );
    expect(fake?.seen.some(({ method }) => method === 'DELETE')).toBe(false);
    expect(fake?.seen.find(({ method }) => method === 'PUT')?.body.toString()).toBe(COMPOSE);
  });
});

/** `berth deploy` over real sockets against a scripted API. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { EventView, PutStackReply, StackDetail } from '../../../contract/http-api.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { apiError, startFakeApi } from './support/fake-api.ts';
import type { FakeApi, Reply, Seen } from './support/fake-api.ts';
import { runHere } from './support/in-process.ts';
import type { Stage } from './support/in-process.ts';
import { emptyFolder } from './support/run-cli.ts';
import { COMPOSE, eventView, serviceStatus, stackDetail } from './support/samples.ts';

let fake: FakeApi | null = null;
afterEach(async () => {
  await fake?.close();
  fake = null;
});

const MISSING = apiError(404, 'not-found', 'there is no stack shop');
const CONVERGED = stackDetail({
  state: 'converged',
  services: [serviceStatus({ state: 'converged', running: 2, healthy: 2 })],
});

interface Script {
  /** What GET says before the PUT. */
  readonly before?: StackDetail;
  readonly put?: Partial<PutStackReply>;
  /** What GET says at each look after it; the last one stays. */
  readonly looks: readonly (StackDetail | Reply)[];
  /** Events that come with the looks, in order. */
  readonly events?: readonly EventView[];
}

/** A folder with compose.yaml, and an API that follows `script`. */
async function stage(
  script: Script,
  compose: string | Uint8Array = COMPOSE,
): Promise<Stage & { cwd: string }> {
  let look = -1;
  fake = await startFakeApi(({ method, path, query }: Seen): Reply => {
    if (path === '/v1/events') return { body: eventsAfter(query, script.events ?? []) };
    if (method === 'PUT') {
      look = 0;
      return {
        body: { stack: 'shop', revision: 1, changed: true, digest: 'd1', warnings: [], ...script.put },
      };
    }
    if (look < 0) return script.before === undefined ? MISSING : { body: script.before };
    const said = script.looks[Math.min(look++, script.looks.length - 1)];
    return said !== undefined && 'body' in said ? said : { body: said };
  });
  const cwd = emptyFolder();
  writeFileSync(join(cwd, 'compose.yaml'), compose);
  return { endpoint: fake.endpoint, cwd };
}

function eventsAfter(query: URLSearchParams, events: readonly EventView[]): unknown {
  const after = query.get('after');
  // Without `after` the newest ones: none before the PUT in these tests.
  const newer = after === null ? [] : events.filter(({ id }) => id > after);
  return { events: [...(after === null ? [eventView({ id: '0000-a' })] : newer)], next: null };
}

const put = () => fake?.seen.find(({ method }) => method === 'PUT');

describe('deploy', () => {
  it('sends the file byte for byte and tells what happens until it has converged', async () => {
    const bytes = `# kept: ünïcode\r\n${COMPOSE}`;
    const waiting = serviceStatus({ reason: 'waiting for a host: 1 requested' });
    const on = await stage(
      {
        looks: [
          stackDetail({ services: [waiting] }),
          stackDetail({ services: [waiting] }),
          stackDetail({ services: [serviceStatus({ running: 1, reason: 'starting' })] }),
          CONVERGED,
        ],
        events: [
          eventView({
            id: '0001-a',
            code: 'host-requested',
            subject: 'h-abc123',
            message: 'no room for web-1',
          }),
        ],
      },
      bytes,
    );
    const run = await runHere(['deploy'], on);
    expect([run.code, run.stderr]).toEqual([EXIT.ok, '']);
    const lines = run.stdout.split('\n');
    expect(lines[0]).toBe('shop: accepted as revision 1');
    expect(lines[1]).toMatch(
      /^\d\d:\d\d:\d\d {2}reconcile {2}host-requested {6}h-abc123 {2}no room for web-1$/,
    );
    expect(lines.slice(2, -2)).toEqual([
      'shop revision 1: progressing',
      '  web  0 of 2 running, 0 healthy  waiting for a host: 1 requested',
      '  web  1 of 2 running, 0 healthy  starting',
      'shop revision 1: converged',
      '  web  2 of 2 running, 2 healthy',
    ]);
    expect(lines.at(-2)).toMatch(/^CONVERGED {2}shop revision 1: 2 replicas of 1 service healthy \(\d/);
    expect([put()?.path, put()?.contentType, put()?.body.toString()]).toEqual([
      '/v1/stacks/shop',
      'application/yaml',
      bytes,
    ]);
  });

  it('redraws on a terminal: the same counts, colours, no line twice', async () => {
    const on = await stage({ looks: [stackDetail(), stackDetail(), CONVERGED] });
    const run = await runHere(['deploy'], { ...on, isTty: true, color: true });
    expect(run.stdout).toContain('\u001B[1A\u001B[2K');
    expect(run.stdout).toContain('\u001B[32mCONVERGED');
  });

  it('says plainly that nothing changed, and still waits for what is under way', async () => {
    const on = await stage({
      before: stackDetail(),
      put: { changed: false },
      looks: [stackDetail(), CONVERGED],
    });
    const run = await runHere(['deploy'], on);
    expect(run.code).toBe(EXIT.ok);
    expect(run.stdout.split('\n')[0]).toBe('shop: nothing changed, revision 1 already says the same');
  });

  it('is not fooled by a retry that finds its own revision', async () => {
    const on = await stage({
      before: stackDetail(),
      put: { revision: 2, changed: false },
      looks: [{ body: { ...CONVERGED, revision: 2 } }],
    });
    expect((await runHere(['deploy'], on)).stdout.split('\n')[0]).toBe('shop: accepted as revision 2');
  });

  it('does not take the old revision’s state for its own', async () => {
    const on = await stage({
      before: CONVERGED,
      put: { revision: 2 },
      looks: [CONVERGED, stackDetail({ revision: 2 }), { body: { ...CONVERGED, revision: 2 } }],
    });
    const run = await runHere(['deploy'], on);
    expect(run.stdout).toContain('shop revision 2: progressing');
  });

  it.each([
    [
      'FAILED',
      stackDetail({
        state: 'failed',
        services: [serviceStatus({ state: 'failed', reason: 'image-pull-failed: no such image shop-web' })],
      }),
      /web: image-pull-failed: no such image shop-web/,
    ],
    ['SUPERSEDED', stackDetail({ revision: 2 }), /revision 2 took its place \(by .*ann\)/],
    ['SUPERSEDED', stackDetail({ state: 'removing' }), /shop was removed meanwhile/],
    ['SUPERSEDED', MISSING, /shop was removed meanwhile/],
  ])('ends %s with the reason and exit 1', async (result, last, reason) => {
    const on = await stage({ looks: [stackDetail(), last] });
    const run = await runHere(['deploy', '--json'], on);
    expect(run.code).toBe(EXIT.failed);
    expect(JSON.parse(run.stdout)).toEqual({
      ...{ result, reason: expect.stringMatching(reason), stack: 'shop', revision: 1, changed: true },
      ...{ digest: 'd1', seconds: expect.any(Number), services: expect.any(Array), warnings: [] },
    });
    expect(run.stderr).toContain('shop revision 1: progressing');
  });

  it('past --timeout tells what it waited for, exit 1', async () => {
    const services = [serviceStatus({ reason: 'waiting for a host: capacity' })];
    const on = await stage({ looks: [stackDetail({ services })] });
    const run = await runHere(['deploy', '--timeout', '60ms'], on);
    expect(run.code).toBe(EXIT.failed);
    expect(run.stdout).toMatch(
      /\nTIMEOUT {2}shop revision 1: still waiting for web: waiting for a host: capacity; it goes on; .* \(0/,
    );
  });

  it('waits through an outage of the control plane', async () => {
    const down = { status: 503, raw: true, body: 'busy' };
    const on = await stage({ looks: [stackDetail(), down, down, down, down, down, CONVERGED] });
    const run = await runHere(['deploy'], on);
    expect(run.code).toBe(EXIT.ok);
    expect(run.stdout).toContain('the control plane does not answer: ');
  });

  it('but not through a refusal: exit 3', async () => {
    const on = await stage({
      looks: [stackDetail(), { status: 403, raw: true, body: '{"message":"Forbidden"}' }],
    });
    const run = await runHere(['deploy'], on);
    expect([run.code, run.stderr.split('\n')[0]]).toEqual([
      EXIT.noAccess,
      expect.stringContaining('somebody may not call'),
    ]);
  });

  it('returns once it is accepted with --no-wait', async () => {
    const on = await stage({ looks: [CONVERGED] });
    const text = await runHere(['deploy', '--no-wait'], on);
    expect([text.code, text.stdout]).toEqual([EXIT.ok, 'shop: accepted as revision 1\n']);
    const json = await runHere(['deploy', '--no-wait', '--json'], on);
    expect(JSON.parse(json.stdout)).toMatchObject({ result: 'ACCEPTED', stack: 'shop', revision: 1 });
  });

  it('takes the name from --name for a file without one', async () => {
    const on = await stage({ looks: [CONVERGED] }, COMPOSE.replace('name: shop\n', ''));
    expect((await runHere(['deploy', '--name', 'shop'], on)).code).toBe(EXIT.ok);
    expect(put()?.path).toBe('/v1/stacks/shop');
    expect((await runHere(['deploy'], on)).code).toBe(EXIT.badInput);
  });
});

describe('warnings', () => {
  const OLD = `version: '3'\n${COMPOSE}`;
  const theirs = { path: 'version', line: 1, column: 10, message: 'in words of the control plane' };

  it('of the control plane are told once, on stderr, and go into --json', async () => {
    const on = await stage({ put: { warnings: [theirs] }, looks: [CONVERGED] }, OLD);
    const text = await runHere(['deploy'], on);
    expect([text.code, text.stderr]).toEqual([
      EXIT.ok,
      'warning:\ncompose.yaml:1:10: version: in words of the control plane\n',
    ]);
    expect(text.stdout).not.toContain('warning');
    const json = await runHere(['deploy', '--no-wait', '--json'], on);
    expect(json.stderr).toContain('compose.yaml:1:10: ');
    expect(JSON.parse(json.stdout)).toMatchObject({ result: 'ACCEPTED', warnings: [theirs] });
  });

  it('of a file that is only checked are those of this command', async () => {
    const on = await stage({ looks: [] }, OLD);
    const text = await runHere(['deploy', '--check'], on);
    expect([text.code, text.stderr]).toEqual([
      EXIT.ok,
      expect.stringMatching(/^warning:\ncompose.yaml:1:10: `version` is obsolete/),
    ]);
    const json = await runHere(['deploy', '--check', '--json'], on);
    expect(JSON.parse(json.stdout)).toMatchObject({ warnings: [{ path: 'version', line: 1 }] });
    expect(fake?.seen).toEqual([]);
  });
});

describe('what is wrong with a file is said here, and nothing is sent', () => {
  const BAD = `name: shop
services:
  web:
    image: shop-web
    bogus: 1
    ports: ['8080:80']
`;

  it('with every problem as file:line:column and its remedy, exit 2', async () => {
    const on = await stage({ looks: [] }, BAD);
    const run = await runHere(['deploy', '-f', 'compose.yaml'], on);
    expect([run.code, run.stdout, fake?.seen.length]).toEqual([EXIT.badInput, '', 0]);
    expect(run.stderr).toMatch(
      /^compose.yaml:5:5: .*bogus.*\n {4}\S.*\ncompose.yaml:6:13: .*\n {4}\S.*\nrefused: 2 problems; nothing was sent\n$/,
    );
  });

  it('with --json as one document', async () => {
    const on = await stage({ looks: [] }, BAD);
    const run = await runHere(['deploy', '--json'], on);
    expect(JSON.parse(run.stdout)).toMatchObject({
      kind: 'refused',
      file: 'compose.yaml',
      problems: [
        { line: 5, column: 5 },
        { line: 6, column: 13 },
      ],
    });
  });

  it('--check looks at the file and asks nobody', async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, 'compose.yaml'), COMPOSE);
    const text = await runHere(['deploy', '--check'], { cwd });
    expect([text.code, text.stdout]).toEqual([
      EXIT.ok,
      'compose.yaml is fine: stack shop, 1 service, 1 replica\n',
    ]);
    const json = await runHere(['deploy', '--check', '--json'], { cwd });
    expect(JSON.parse(json.stdout)).toEqual({
      ...{ kind: 'stack', stack: 'shop', services: 1, replicas: 1, warnings: [] },
    });
    writeFileSync(join(cwd, 'compose.yaml'), BAD);
    expect((await runHere(['deploy', '--check'], { cwd })).code).toBe(EXIT.badInput);
  });

  it.each([
    ['no file here', [], /there is no compose.yaml, .* in .*\n {2}name the file: -f FILE/],
    ['no such file', ['-f', 'nope.yaml'], /nope.yaml cannot be read: there is no such file/],
    ['a folder', ['-f', 'folder'], /folder cannot be read: it is a folder/],
    ['more than 1 MB', ['-f', 'large.yaml'], /large.yaml is larger than 1 MB/],
    ['what never ends', ['-f', '/dev/zero'], /\/dev\/zero is larger than 1 MB/],
    ['broken UTF-8', ['-f', 'broken.yaml'], /^broken.yaml/],
  ])('%s', async (_name, args, message) => {
    const cwd = emptyFolder();
    mkdirSync(join(cwd, 'folder'));
    writeFileSync(join(cwd, 'large.yaml'), 'x'.repeat(1_000_001));
    writeFileSync(join(cwd, 'broken.yaml'), Buffer.from([0x6e, 0x3a, 0x20, 0xff, 0xfe]));
    const run = await runHere(['deploy', ...args], { cwd, endpoint: 'http://127.0.0.1:59' });
    expect([run.code, run.stdout]).toEqual([EXIT.badInput, '']);
    expect(run.stderr.replace(/^error: /, '')).toMatch(message);
  });

  it('what the API still refuses is told in the same way', async () => {
    fake = await startFakeApi(({ method, path }) => {
      if (path === '/v1/events') return { body: { events: [], next: null } };
      if (method === 'GET') return MISSING;
      return apiError(400, 'invalid-document', 'the document is refused', [
        {
          path: 'services.web.image',
          line: 4,
          column: 12,
          message: 'no such image',
          remedy: 'push it first',
        },
      ]);
    });
    const cwd = emptyFolder();
    writeFileSync(join(cwd, 'compose.yaml'), COMPOSE);
    const run = await runHere(['deploy'], { cwd, endpoint: fake.endpoint });
    expect(run).toEqual({
      code: EXIT.badInput,
      stdout: '',
      stderr:
        'error: the document is refused\n  document:4:12: services.web.image: no such image\n    push it first\n',
    });
  });
});

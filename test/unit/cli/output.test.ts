import { describe, expect, it } from '@jest/globals';
import { flatten, patchOf } from '../../../cli/commands/cluster.ts';
import { showHosts } from '../../../cli/commands/hosts.ts';
import { showReplicas } from '../../../cli/commands/ps.ts';
import { showStacks } from '../../../cli/commands/stacks.ts';
import { parseDurationMs, showDuration } from '../../../cli/duration.ts';
import { painter } from '../../../cli/output/paint.ts';
import { showProblems } from '../../../cli/output/problems.ts';
import { clip, createProgress, frame, news } from '../../../cli/output/progress.ts';
import { table, widthOf } from '../../../cli/output/table.ts';
import { ago } from '../../../cli/output/times.ts';
import type { Output } from '../../../cli/terminal.ts';
import { AT, hostView, replica, serviceStatus, SETTINGS, stackDetail } from './support/samples.ts';

const plain = painter(false);
const colored = painter(true);

function output(isTty: boolean, columns = 40): Output & { readonly written: string[] } {
  const written: string[] = [];
  return { written, isTty, columns, write: (text) => void written.push(text) };
}

/** What a terminal shows after all that was written: enough of one for cursor-up and erase-line. */
function screen(written: readonly string[]): string[] {
  const lines = [''];
  let at = 0;
  // eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
  for (const [token] of written.join('').matchAll(/\u001B\[1A|\u001B\[2K|\n|[^\u001B\n]+/g))
    if (token === '\u001B[1A') at = Math.max(0, at - 1);
    else if (token === '\u001B[2K') lines[at] = '';
    else if (token === '\n') lines[++at] ??= '';
    else lines[at] = (lines[at] ?? '') + token;
  return lines.slice(0, at);
}

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['0s', 0],
  ])('%s', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each(['', '15', 'm', '15 m', '-1s', '1d', 's15', '15m!', '1e3s'])('refuses "%s"', (text) => {
    expect(() => parseDurationMs(text)).toThrow(/is no duration/);
  });

  it.each([
    [-5, '0.0 s'],
    [420, '0.4 s'],
    [12_400, '12 s'],
    [59_499, '59 s'],
    [59_600, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [7_800_000, '2 h 10 min'],
  ])('%d ms is shown as %s', (ms, text) => expect(showDuration(ms)).toBe(text));
});

describe('tables', () => {
  it('align by what is seen, colours or not', () => {
    const rows = (paint: typeof plain) => [
      [paint('good', 'running'), 'a'],
      [paint('bad', 'lost'), 'bb'],
    ];
    expect(table(['STATE', 'X'], rows(plain))).toBe('STATE    X\nrunning  a\nlost     bb\n');
    const shown = table(['STATE', 'X'], rows(colored));
    expect(shown).toContain('\u001B[32m');
    expect(shown.split('\n').map(widthOf)).toEqual([10, 10, 11, 0]);
  });

  it('of replicas: ports, none, several', () => {
    const ports = [
      { name: 'http', container: 8080, host: 20001, protocol: 'tcp' as const },
      { name: 'admin', container: 9090, host: 20002, protocol: 'tcp' as const },
    ];
    const none = {
      host: null,
      address: null,
      task: null,
      ports: [] as never[],
      phase: 'pending',
      registered: false,
    } as const;
    const waiting = replica({ replica: 'web-3', ...none, health: 'starting', reason: 'waiting for a host' });
    const usage = {
      ...{ cpuMillis: 120, memoryBytes: 67_108_864, cpuPercent: 24.4, memoryPercent: 3.6 },
      ...({ cpuPercentOf: 'reservation', memoryPercentOf: 'host-share' } as const),
      ...{ networkBytesPerSecond: null, diskBytesPerSecond: null },
      ...{ cpuPressurePercent: null, memoryPressurePercent: null, metrics: {}, isProtected: false },
    };
    expect(showReplicas([replica({ usage }), replica({ replica: 'web-2', ports }), waiting], plain)).toBe(
      [
        'STACK  REPLICA  PHASE    HEALTH    CPU                      MEMORY                    HOST      ADDRESS                                       DNS  REASON',
        'shop   web-1    running  healthy   120m 24% of reservation  64.0MiB 4% of host share  h-abc123  10.77.0.11:20001                              yes',
        'shop   web-2    running  healthy   -                        -                         h-abc123  http=10.77.0.11:20001 admin=10.77.0.11:20002  yes',
        'shop   web-3    pending  starting  -                        -                         -         -                                             no   waiting for a host',
        '',
      ].join('\n'),
    );
    expect(showReplicas([], plain)).toBe('no replicas\n');
  });

  it('of hosts', () => {
    const nowMs = Date.parse(AT) + 65_000;
    const requested = hostView({
      host: 'h-new111',
      state: 'requested',
      instanceId: null,
      address: null,
      zone: null,
      tasks: 0,
      lastSeenAt: null,
      cpuMillis: { reserved: 0, total: 0 },
      reason: 'capacity: none in us-east-1a',
      agentWanted: '0.2.0',
    });
    const usage = {
      ...{ cpuPercent: 12.5, memoryPercent: 34, diskPercent: 0 },
      ...{ networkBytesPerSecond: null, diskBytesPerSecond: null },
      ...{ cpuPressurePercent: null, memoryPressurePercent: null },
    };
    expect(showHosts([hostView({ usage }), requested], nowMs, plain)).toBe(
      [
        'HOST      STATE      INSTANCE             POOL     TYPE      ADDRESS     ZONE        AGENT          TASKS  CPU  MEMORY  USED      SEEN  REASON',
        'h-abc123  ready      i-0123456789abcdef0  default  t3.small  10.77.0.11  us-east-1a  0.1.0          2      25%  25%     13/34/0%  1m',
        'h-new111  requested  -                    default  t3.small  -           -           0.1.0 > 0.2.0  0      -    25%     -         -     capacity: none in us-east-1a',
        '',
      ].join('\n'),
    );
    expect(showHosts([], nowMs, plain)).toBe('no hosts\n');
  });

  it('of stacks', () => {
    const services = [
      serviceStatus({ healthy: 1 }),
      serviceStatus({ service: 'api', replicas: 1, healthy: 1 }),
    ];
    expect(showStacks([stackDetail({ services })], Date.parse(AT), plain)).toBe(
      'STACK  REVISION  STATE        UPDATED  SERVICES (healthy/wanted)\nshop   1         progressing  0s       web 1/2  api 1/1\n',
    );
    expect(showStacks([], 0, plain)).toBe('no stacks\n');
  });

  it.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [3600, '1h'],
    [200_000, '2d'],
  ])('%d seconds ago is %s', (seconds, text) => expect(ago(AT, Date.parse(AT) + seconds * 1000)).toBe(text));
});

describe('progress', () => {
  const row = (key: string, text: string, ticking?: string) =>
    ticking === undefined ? { key, text } : { key, text, ticking };

  it('redraws in place on a terminal and keeps what was logged', () => {
    const tty = output(true);
    const progress = createProgress(tty);
    progress.log('accepted');
    progress.show([row('a', 'a 0', ' 1 s'), row('b', 'b 0')]);
    progress.log('event 1');
    progress.show([row('a', 'a 1', ' 2 s')]);
    expect(screen(tty.written)).toEqual(['accepted', 'event 1', 'a 1 2 s']);
    progress.show([row('a', 'a 2', ' 3 s'), row('b', 'b 2')]);
    progress.end(true);
    progress.log('after');
    expect(screen(tty.written)).toEqual(['accepted', 'event 1', 'a 2 3 s', 'b 2', 'after']);
  });

  it('can take the block away', () => {
    const tty = output(true);
    const progress = createProgress(tty);
    progress.show([row('a', 'a'), row('b', 'b')]);
    progress.end(false);
    progress.log('end');
    expect(screen(tty.written)).toEqual(['end']);
  });

  it('writes one line a change elsewhere, clocks left out', () => {
    const file = output(false);
    const progress = createProgress(file);
    progress.show([row('a', 'a 0', ' 1 s'), row('b', 'b 0')]);
    progress.show([row('a', 'a 0', ' 2 s'), row('b', 'b 0')]);
    progress.show([row('a', 'a 0', ' 3 s'), row('b', 'b 1')]);
    progress.end(true);
    expect(file.written.join('')).toBe('a 0\nb 0\nb 1\n');
  });

  it('draws nothing twice: frame and news', () => {
    expect(frame(0, [], [])).toBe('');
    expect(frame(2, ['log'], ['x'])).toBe('\u001B[1A\u001B[2K\u001B[1A\u001B[2Klog\nx\n');
    expect(news([row('a', '1')], [row('a', '1'), row('b', '1')])).toEqual([row('b', '1')]);
    expect(news([row('a', '1'), row('b', '1')], [row('a', '2')])).toEqual([row('a', '2')]);
  });

  it.each([
    ['short', 20],
    ['exactly nineteen ch', 20],
    ['a line that is much longer than the terminal is wide', 20],
    [`${colored('good', 'coloured and green')} and then much more text`, 20],
    [`plain text first, then ${colored('bad', 'red words past the edge')}`, 20],
    ['any', 2],
  ])('never wraps: %s', (line, columns) => {
    const clipped = clip(line, columns);
    expect(widthOf(clipped)).toBeLessThan(columns);
    if (widthOf(line) < columns) expect(clipped).toBe(line);
    else expect(widthOf(clipped)).toBe(columns - 1);
    // Whatever was switched on is switched off again.
    const codes = clipped.split('\u001B[').slice(1);
    const [on, off] = [
      codes.filter((code) => /^3[0-8]m/.test(code)),
      codes.filter((code) => code.startsWith('39m')),
    ];
    expect(on.length).toBe(off.length);
  });
});

describe('problems', () => {
  it.each([
    [
      { path: 'services.web.foo', line: 4, column: 5, message: 'is not supported', remedy: 'leave it out' },
      'f.yaml:4:5: services.web.foo: is not supported\n    leave it out\n',
    ],
    [
      { path: 'services.web.foo', line: 4, column: 5, message: 'services.web.foo is not supported' },
      'f.yaml:4:5: services.web.foo is not supported\n',
    ],
    [{ path: '', line: 1, message: 'no YAML' }, 'f.yaml:1: no YAML\n'],
    [{ path: '', message: 'too large' }, 'f.yaml: too large\n'],
    [{ path: '', column: 3, message: 'x' }, 'f.yaml: x\n'],
  ])('%j', (problem, text) => expect(showProblems('f.yaml', [problem])).toBe(text));
});

describe('cluster settings', () => {
  it('are one flat list', () => {
    expect(flatten(SETTINGS).slice(0, 4)).toEqual([
      ['pool.instanceType', 't4g.small'],
      ['pool.architecture', 'arm64'],
      ['pool.hostsMax', 10],
      ['pollMs', 15_000],
    ]);
  });

  it.each<[string[], object]>([
    [['pollMs=1000'], { pollMs: 1000 }],
    [['pool.hostsMax=3'], { pool: { ...SETTINGS.pool, hostsMax: 3 } }],
    [
      ['pool.hostsMax=3', 'beatMs=5000', 'pool.instanceType=c7g.large'],
      { beatMs: 5000, pool: { ...SETTINGS.pool, hostsMax: 3, instanceType: 'c7g.large' } },
    ],
  ])('%j', (pairs, patch) => expect(patchOf(pairs, SETTINGS)).toEqual(patch));

  it.each([
    ['pollMs', /is no setting/],
    ['=1', /is no setting/],
    ['poll=1', /there is no setting "poll"/],
    ['pool=1', /there is no setting "pool"/],
    ['pool.zone=1', /there is no setting/],
    ['pollMs=', /pollMs: /],
    ['pollMs=fast', /pollMs: /],
    ['pollMs=1', /pollMs: /],
    ['pool.architecture=mips', /pool.architecture: /],
    ['pool.instanceType=', /pool.instanceType: /],
  ])('refuses %s', (pair, message) => expect(() => patchOf([pair], SETTINGS)).toThrow(message));
});

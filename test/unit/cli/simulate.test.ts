/** `berth simulate`: from the command line to refusals, and from a spec to what is shown. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadCompose } from '../../../compose/load.ts';
import type { ServiceSpec, StackSpec } from '../../../contract/stack-spec.ts';
import { CliError } from '../../../cli/cli-error.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { painter } from '../../../cli/output/paint.ts';
import { timeLineSvg } from '../../../cli/output/plot/time-line.ts';
import { circumstancesOf } from '../../../cli/simulate/options.ts';
import { runSimulation } from '../../../cli/simulate/run.ts';
import { ROWS_MAX, showSimulation, simulationTimeLine } from '../../../cli/simulate/show.ts';
import { parseTrace, type Trace } from '../../../cli/simulate/trace.ts';
import { autoscale } from '../core/autoscaling/scenes.ts';
import { runHere } from './support/in-process.ts';

const COMPOSE = 'name: shop\nservices:\n  web:\n    image: shop-web\n  api:\n    image: shop-api\n';

/** The services of `COMPOSE`, those named autoscaled. */
function stackOf(scaled: Readonly<Record<string, Partial<ReturnType<typeof autoscale>>>>): StackSpec {
  const loaded = loadCompose(COMPOSE);
  if (loaded.kind !== 'stack') throw new Error('refused');
  const services = Object.entries(loaded.spec.services).map(([name, spec]): [string, ServiceSpec] => {
    const over = scaled[name];
    return [
      name,
      over ? { ...spec, autoscale: autoscale(over) as NonNullable<ServiceSpec['autoscale']> } : spec,
    ];
  });
  return { ...loaded.spec, services: Object.fromEntries(services) };
}

const traceOf = (text: string): Trace => {
  const trace = parseTrace(text);
  if (trace.kind === 'refused') throw new Error('refused');
  return trace;
};
const ramp = traceOf(
  `second,load\n${Array.from({ length: 1800 }, (_, second) => `${second},${20 + second / 20}`).join('\n')}`,
);
const given = circumstancesOf({
  trace: '',
  capacity: '10',
  startUp: '10s',
  hostStartUp: '60s',
  hostPrice: '0.5',
});
const show = (simulation: ReturnType<typeof runSimulation>): string =>
  showSimulation(simulation.shown, simulation.replayed, painter(false));

describe('a simulation', () => {
  it('is shown in about thirty rows with every decision, and totals', () => {
    const simulation = runSimulation(stackOf({ web: {} }), undefined, ramp, given);
    const lines = show(simulation).split('\n');
    const rows = lines.slice(1, lines.indexOf(''));
    expect(rows).toHaveLength(ROWS_MAX);
    expect(lines[0]).toMatch(/^TIME +LOAD +WANTED +READY +HOSTS +UNSERVED +DECISIONS$/);
    const arrows = rows.join('\n').match(/\d+(?: -> \d+)+ {2}/g) ?? [];
    const changes = arrows.reduce((total, text) => total + text.split('->').length - 1, 0);
    expect(changes).toBe(simulation.replayed.totals.changes);
    expect(changes).toBeGreaterThan(3);
    expect(lines.find((line) => line.startsWith('replicas'))).toMatch(
      /^replicas {2}\S+ hours \(\d\.\d\dx of just enough/,
    );
    expect(lines.find((line) => line.startsWith('cost'))).toMatch(
      /^cost {6}\$\d+\.\d\d for hosts at \$0\.5 an hour$/,
    );
  });

  it('is drawn with its decisions, and told whole as data', () => {
    const { shown, replayed, data } = runSimulation(stackOf({ web: {} }), 'web', ramp, given);
    const svg = timeLineSvg(simulationTimeLine(shown, replayed));
    expect(svg).toContain('shop/web, simulated');
    expect(svg.match(/<title>cpu [^<]*-&gt; \d+<\/title>/g)).toHaveLength(replayed.totals.changes);
    expect(data).toMatchObject({
      stack: 'shop',
      service: 'web',
      capacity: 10,
      totals: { seconds: 1800, cost: (replayed.totals.hostSeconds / 3600) * 0.5 },
      frames: replayed.frames,
    });
  });

  it('says what is not as in the cluster', () => {
    const memory = {
      targets: [{ kind: 'memory', percent: 60 } as const, { kind: 'cpu', percent: 60 } as const],
    };
    const few = { ...given, hostsMax: 1, hostCpuMillis: 50, hostPrice: null };
    const text = show(runSimulation(stackOf({ web: memory }), 'web', ramp, few));
    expect(text).toMatch(/the target on memory is left out/);
    expect(text).toMatch(/some replicas had no room, for the first time after 0 s/);
    expect(text).toMatch(/cost {6}tell --host-price/);
  });

  it.each([
    [{}, undefined, 'no service has `x-berth.autoscale`'],
    [{ web: {} }, 'api', 'the service api has no `x-berth.autoscale`'],
    [{ web: {} }, 'wbe', 'there is no service wbe'],
    [{ web: {}, api: {} }, undefined, 'several services are autoscaled: api, web'],
    [
      { web: { targets: [{ kind: 'memory', percent: 60 } as const] } },
      'web',
      'the service web has a target on memory only',
    ],
  ])('of %j, service %s is refused', (scaled, named, message) => {
    const run = (): unknown => runSimulation(stackOf(scaled), named, ramp, given);
    expect(run).toThrow(CliError);
    expect(run).toThrow(message);
  });
});

describe('berth simulate', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'berth-simulate-'));
    writeFileSync(join(folder, 'compose.yaml'), COMPOSE);
    writeFileSync(join(folder, 'load.csv'), 'second,load\n0,5\n60,5\n');
    writeFileSync(join(folder, 'bad.csv'), 'second,load\n0,5\nnow,6\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const berth = (...args: string[]) => {
    const file = args.includes('-f') ? [] : ['-f', join(folder, 'compose.yaml')];
    return runHere(['simulate', ...file, ...args]);
  };

  it.each([
    [['--capacity', '10'], /required option '--trace <file>' not specified/],
    [['--trace', 'load.csv'], /required option '--capacity <units>' not specified/],
    [['--trace', 'load.csv', '--capacity', '0'], /--capacity: "0" is no number above 0/],
    [['--trace', 'load.csv', '--capacity', '1', '--host-cpu', 'x'], /--host-cpu: "x" is no size/],
    [
      ['--trace', 'load.csv', '--capacity', '1', '--hosts-max', '1.5'],
      /--hosts-max: "1.5" is no whole number/,
    ],
    [
      ['--trace', 'load.csv', '--capacity', '1', '--host-price', '-1'],
      /--host-price: "-1" is no number from 0 on/,
    ],
    [['--trace', 'none.csv', '--capacity', '1'], /none\.csv cannot be read: there is no such file/],
    [['--trace', 'bad.csv', '--capacity', '1'], /bad\.csv:3: `now` is no whole second from 0 on/],
    [['--trace', 'load.csv', '--capacity', '1'], /no service has `x-berth.autoscale`/],
  ])('%j is refused with exit 2', async (args, message) => {
    const placed = args.map((arg) => (arg.endsWith('.csv') ? join(folder, arg) : arg));
    const { code, stdout, stderr } = await berth(...placed);
    expect([code, stdout]).toEqual([EXIT.badInput, '']);
    expect(stderr).toMatch(message);
  });

  const SCALED = `name: shop
services:
  web:
    image: shop-web
    deploy:
      resources: { reservations: { cpus: '0.5', memory: 128m } }
    x-berth:
      autoscale:
        min: 1
        max: 6
        targets: { cpu: 60% }
`;
  const LOAD = `second,load\n0,5\n600,40\n1200,40\n`;

  it('replays a recorded load against a document: as text, as data and as a plot', async () => {
    writeFileSync(join(folder, 'scaled.yaml'), SCALED);
    writeFileSync(join(folder, 'peak.csv'), LOAD);
    const asked = [
      '-f',
      join(folder, 'scaled.yaml'),
      '--trace',
      join(folder, 'peak.csv'),
      '--capacity',
      '10',
    ];
    const text = await berth(...asked, '--host-price', '0.5');
    expect([text.code, text.stderr]).toEqual([EXIT.ok, '']);
    expect(text.stdout).toMatch(/^TIME +LOAD +WANTED +READY +HOSTS +UNSERVED +DECISIONS$/m);
    expect(text.stdout).toMatch(/^cost {6}\$\d+\.\d\d for hosts at \$0\.5 an hour$/m);
    const data = await berth(...asked, '--json', '--svg', join(folder, 'peak.svg'));
    const told = JSON.parse(data.stdout) as {
      stack: string;
      service: string;
      frames: { load: number; wanted: number }[];
      totals: { seconds: number; changes: number };
    };
    expect(told).toMatchObject({ stack: 'shop', service: 'web', totals: { seconds: 1800 } });
    expect(told.frames.map(({ load }) => load).filter((load, at, all) => load !== all[at - 1])).toEqual([
      5, 40,
    ]);
    // One serves 5 of 10 below 60 %; 40 at 60 % of 10 each are 6.7 replicas, and six is the document's most.
    expect(told.frames.findLast(({ load }) => load === 5)?.wanted).toBe(1);
    expect(told.frames.at(-1)?.wanted).toBe(6);
    expect(told.totals.changes).toBeGreaterThan(0);
    expect(readFileSync(join(folder, 'peak.svg'), 'utf8')).toContain('shop/web, simulated');
  });

  it('refuses a document as a deploy does, with line and column', async () => {
    writeFileSync(join(folder, 'wrong.yaml'), SCALED.replace('min: 1', 'min: 7'));
    writeFileSync(join(folder, 'peak.csv'), LOAD);
    const { code, stdout, stderr } = await berth(
      ...['-f', join(folder, 'wrong.yaml'), '--trace', join(folder, 'peak.csv'), '--capacity', '10'],
    );
    expect([code, stdout]).toEqual([EXIT.badInput, '']);
    expect(stderr).toMatch(/wrong\.yaml:\d+:\d+: .*m(?:in|ax)/);
  });
});

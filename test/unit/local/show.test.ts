import { describe, expect, it } from '@jest/globals';
import type { Replica } from '../../../contract/http-api.ts';
import { imagesOf } from '../../../local/example-images.ts';
import { machineSettings } from '../../../local/machine-settings.ts';
import { replicaTable } from '../../../local/show-stack.ts';
import { createTerminalProgress } from '../../../local/terminal-progress.ts';

const replica = (change: Partial<Replica>): Replica => ({
  stack: 'shop',
  service: 'web',
  replica: 'web-1',
  task: 'web-1-x',
  host: 'h-1',
  address: '10.77.0.11',
  ports: [{ name: 'http', container: 8080, host: 20001, protocol: 'tcp' }],
  phase: 'running',
  health: 'healthy',
  revision: 1,
  attempt: 1,
  registered: true,
  usage: null,
  reason: '',
  ...change,
});

describe('the table of replicas', () => {
  it('has a column each for service, replica, host, address and health', () => {
    const waiting = replica({ replica: 'web-10', host: null, address: null, ports: [], health: 'starting' });
    expect(replicaTable([replica({}), waiting])).toBe(
      [
        'SERVICE  REPLICA  HOST  ADDRESS           HEALTH',
        'web      web-1    h-1   10.77.0.11:20001  healthy',
        'web      web-10   -     -                 starting',
      ].join('\n'),
    );
  });
});

describe('the images of a Compose document', () => {
  it.each([
    ['services: {a: {image: x}, b: {image: "y:1"}, c: {image: x}, d: {}}', ['x', 'y:1']],
    ['services: {a: null, b: {image: 1}}', []],
    ['services: 3', []],
    ['', []],
    ['{broken', []],
  ])('%s', (text, images) => {
    expect(imagesOf(text)).toEqual(images);
  });
});

describe('the settings of the machine', () => {
  it('give the pool the architecture of the machine', () => {
    expect(machineSettings('x64').pool).toMatchObject({ instanceType: 't3.small', architecture: 'x86_64' });
    expect(machineSettings('arm64').pool).toMatchObject({ instanceType: 't4g.small', architecture: 'arm64' });
    expect(() => machineSettings('riscv64')).toThrow('riscv64');
  });
});

describe('progress', () => {
  const collect = (isTerminal: boolean) => {
    let text = '';
    const write = (more: string): void => {
      text += more;
    };
    return { progress: createTerminalProgress({ write, isTerminal, columns: 40 }), text: () => text };
  };

  it('tells each step with its time, and how it ended', async () => {
    const { progress, text } = collect(false);
    expect(await progress.step('one', () => Promise.resolve(1))).toBe(1);
    await expect(progress.step('two', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(text()).toMatch(/^ {2}✓ one \(0\.\d s\)\n {2}✗ two \(0\.\d s\)\n$/);
  });

  it('shows on a terminal what is waited for, on one line of its width', async () => {
    const { progress, text } = collect(true);
    await progress.step('one', (note) => {
      note(`waiting for ${'x'.repeat(100)}`);
      return Promise.resolve();
    });
    const shown = text().split('\r\u001B[2K');
    expect(shown.at(-2)).toContain('waiting for x');
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThanOrEqual(40);
  });
});

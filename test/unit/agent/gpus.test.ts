/** Which GPUs a host tells of, and how a container gets them. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createOptions } from '../../../agent/docker/create-options.ts';
import { readGpus } from '../../../agent/host/gpus.ts';
import { assignment, spec } from '../../support/container-spec.ts';

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

function rootWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'berth-gpus-'));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const information = (id: string): string =>
  `Model: \t\t NVIDIA T4\nIRQ:   \t\t 42\nGPU UUID: \t ${id}\nVideo BIOS: \t x\n`;
const gpus = {
  'proc/driver/nvidia/gpus/0000:00:1f.0/information': information('GPU-bbbbbbbb-0000-0000-0000-000000000002'),
  'proc/driver/nvidia/gpus/0000:00:1e.0/information': information('GPU-aaaaaaaa-0000-0000-0000-000000000001'),
};

describe('GPUs of a host', () => {
  it('are none without the driver, or without what hands them to containers', async () => {
    expect(await readGpus(rootWith({}))).toEqual([]);
    expect(await readGpus(rootWith(gpus))).toEqual([]);
  });

  it('are told by their ids, sorted', async () => {
    const root = rootWith({ ...gpus, 'usr/bin/nvidia-container-runtime-hook': '' });
    expect(await readGpus(root)).toEqual([
      'GPU-aaaaaaaa-0000-0000-0000-000000000001',
      'GPU-bbbbbbbb-0000-0000-0000-000000000002',
    ]);
  });
});

describe('a container', () => {
  const place = { cluster: 'c', host: 'h-1', cpus: 2 };

  it('gets the GPUs of its assignment and no others', () => {
    const task = { ...assignment(1), gpus: ['GPU-1'] };
    const options = createOptions(task, { ...spec(), gpuCapabilities: ['gpu', 'utility'] }, place);
    expect(options.HostConfig.DeviceRequests).toEqual([
      { Driver: 'nvidia', DeviceIDs: ['GPU-1'], Capabilities: [['gpu', 'utility']] },
    ]);
  });

  it('without any asks Docker for no device', () => {
    expect(createOptions(assignment(1), spec(), place).HostConfig.DeviceRequests).toBeUndefined();
  });
});

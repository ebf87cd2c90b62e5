/** Builders of what a manifest holds, with plain defaults. */
import type { Assignment, ContainerSpec } from '../../contract/agent-protocol.ts';

export const spec = (changes: Partial<ContainerSpec> = {}): ContainerSpec => ({
  image: 'berth-test',
  environment: {},
  labels: {},
  restart: { policy: 'unless-stopped' },
  stopGraceMs: 10_000,
  readOnly: false,
  tmpfs: {},
  capAdd: [],
  capDrop: [],
  init: false,
  reservedMemoryBytes: 32 * 1024 * 1024,
  reservedCpuMillis: 20,
  limitPids: 64,
  ...changes,
});

export const assignment = (slot: number, changes: Partial<Assignment> = {}): Assignment => ({
  task: `shop-web-${slot}-aaaa0000`,
  stack: 'shop',
  service: 'web',
  slot,
  revision: 1,
  wanted: 'run',
  spec: 'web-1',
  ports: [],
  ...changes,
});

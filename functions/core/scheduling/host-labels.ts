/**
 * Properties of hosts that constraints and preferences name, in Compose's words.
 *
 *   node.id, node.hostname       the host's id: `h-4f7k2m9x1c`
 *   node.platform.arch           x86_64 (amd64), aarch64 (arm64)
 *   node.platform.os             linux
 *   node.labels.NAME             a label of the host's pool; `zone`, `pool` and `instance-type` every host has
 */
import { DEFAULT_POOL, type Constraint, type Taint, type Toleration } from '../model/placement.ts';
import type { Candidate } from './needs.ts';

const LABELS = 'node.labels.';

/** Each host has its own: what is said of one host says nothing of another of its kind. */
export const isOfOneHost = (key: string): boolean => key === 'node.id' || key === 'node.hostname';

/** Null: the host has no such property. */
export function labelOf(host: Candidate, key: string): string | null {
  if (isOfOneHost(key)) return host.id;
  if (key === 'node.platform.os') return 'linux';
  if (key === 'node.platform.arch') return plainArchitecture(host.architecture);
  if (!key.startsWith(LABELS)) return null;
  const name = key.slice(LABELS.length);
  const { labels, name: pool } = host.pool ?? DEFAULT_POOL;
  if (Object.hasOwn(labels, name)) return labels[name] ?? null;
  if (name === 'zone') return host.zone ?? null;
  if (name === 'pool') return pool;
  return name === 'instance-type' ? (host.instanceType ?? null) : null;
}

/** As in Swarm: case does not matter, and a host without the label is unlike every value. */
export function obeys(host: Candidate, { key, operator, value }: Constraint): boolean {
  const own = labelOf(host, key);
  const wanted = key === 'node.platform.arch' ? plainArchitecture(value) : value;
  return (own !== null && own.toLowerCase() === wanted.toLowerCase()) === (operator === '==');
}

function plainArchitecture(word: string): string {
  const plain = word.toLowerCase();
  if (plain === 'amd64') return 'x86_64';
  return plain === 'arm64' ? 'aarch64' : plain;
}

export const tolerates = (tolerations: readonly Toleration[], taint: Taint): boolean =>
  tolerations.some(({ key, value }) => key === taint.key && (value === undefined || value === taint.value));

export const showConstraint = ({ key, operator, value }: Constraint): string => `${key}${operator}${value}`;
export const showTaint = ({ key, value }: Taint): string => (value === '' ? key : `${key}=${value}`);

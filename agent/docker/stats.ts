/** Docker's statistics of a container (`/containers/ID/stats`), read into counters. */
import type { Counters } from '../metrics/group-counters.ts';
import { list, number, object, text } from './read.ts';

/** Undefined: of a container that does not run, which Docker answers with zeros and without memory. */
export function readStats(value: unknown): Counters | undefined {
  const stats = object(value);
  const memory = object(stats.memory_stats);
  if (typeof memory.usage !== 'number') return undefined;
  const details = object(memory.stats);
  // v1 names both, and means the group with all below it by the first.
  const droppable = number(details.total_inactive_file) || number(details.inactive_file);
  const networks = Object.values(object(stats.networks)).map(object);
  const devices = list(object(stats.blkio_stats).io_service_bytes_recursive).map(object);
  return {
    cpuMs: number(object(object(stats.cpu_stats).cpu_usage).total_usage) / 1e6,
    memoryBytes: Math.max(0, memory.usage - droppable),
    networkBytes: sum(networks.map((each) => number(each.rx_bytes) + number(each.tx_bytes))),
    diskBytes: sum(
      devices.filter(({ op }) => /^(read|write)$/i.test(text(op))).map((each) => number(each.value)),
    ),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

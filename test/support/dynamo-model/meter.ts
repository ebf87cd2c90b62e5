/** Counts the units that DynamoDB would bill, by partition key and by operation. */

/** Developer Guide, "DynamoDB read and write operations". */
export const READ_UNIT_BYTES = 4096;
export const WRITE_UNIT_BYTES = 1024;

export interface Units {
  readonly reads: number;
  readonly writes: number;
}

export interface Usage extends Units {
  /** Requests by operation; a page is one. */
  readonly calls: Readonly<Record<string, number>>;
  readonly byPartition: ReadonlyMap<string, Units>;
}

export interface Meter {
  call(operation: string): void;
  read(partition: string, units: number): void;
  write(partition: string, units: number): void;
  /** What came together since the last time. */
  take(): Usage;
}

/** Of an item, or of all that a page read; what is not there costs one unit too. */
export const readUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));

export function createMeter(): Meter {
  let calls: Record<string, number> = {};
  let partitions = new Map<string, { reads: number; writes: number }>();
  const of = (partition: string): { reads: number; writes: number } => {
    const units = partitions.get(partition) ?? { reads: 0, writes: 0 };
    partitions.set(partition, units);
    return units;
  };
  return {
    call: (operation) => void (calls[operation] = (calls[operation] ?? 0) + 1),
    read: (partition, units) => void (of(partition).reads += units),
    write: (partition, units) => void (of(partition).writes += units),
    take: () => {
      const all = [...partitions.values()];
      const usage = {
        reads: all.reduce((total, { reads }) => total + reads, 0),
        writes: all.reduce((total, { writes }) => total + writes, 0),
        calls,
        byPartition: partitions,
      };
      calls = {};
      partitions = new Map();
      return usage;
    },
  };
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `512B`, `64.0MiB`: as `docker stats` writes sizes. */
export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  return power === 0 ? `${String(value)}B` : `${(value / 1024 ** power).toFixed(1)}${UNITS[power] ?? ''}`;
}

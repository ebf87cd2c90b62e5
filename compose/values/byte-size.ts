/**
 * Compose byte sizes: `64m`, `1g`, `1.5GiB`, `67108864`. Units are powers of 1024 whatever their spelling
 * (Docker's `RAMInBytes`); part of a byte is dropped, as there.
 */
const POWERS: Readonly<Record<string, number>> = { '': 0, b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/** Bytes; undefined if it is no size, or one that no computer has. */
export function parseByteSize(text: string): number | undefined {
  const parts = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text);
  if (!parts) return undefined;
  const bytes = Math.floor(Number(parts[1]) * 1024 ** (POWERS[(parts[2] ?? '').toLowerCase()] ?? 0));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

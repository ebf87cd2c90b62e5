/**
 * Just enough of the tar format (POSIX ustar) to write a few files with equal bytes for equal input: no owner, no time.
 *
 * Entries and end are made apart, so that a large entry can be compressed once and kept while small ones change.
 */

export interface TarEntry {
  /** Relative, forward slashes, at most 100 bytes. */
  readonly path: string;
  readonly mode: number;
  readonly data: Uint8Array;
}

const BLOCK = 512;

/** Two empty blocks end an archive. */
export const TAR_END = new Uint8Array(2 * BLOCK);

/**
 * One file as header and padded data.
 * @throws RangeError when the path does not fit the header's 100 bytes.
 */
export function tarEntry({ path, mode, data }: TarEntry): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`path is too long for a tar header: ${path}`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(path, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8); // user
  octal(0, 116, 8); // group
  octal(data.length, 124, 12);
  octal(0, 136, 12); // time of change
  header.write('0', 156, 'latin1'); // an ordinary file
  header.write('ustar\x0000', 257, 'latin1');
  // The checksum counts its own eight bytes as spaces.
  header.fill(' ', 148, 156);
  header.write(`${sum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, data, padding]);
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}

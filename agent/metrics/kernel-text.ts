/** Numbers out of the kernel's texts: pure, and undefined where a text does not hold what is asked. */

/** `KEY VALUE` lines: memory.stat, cpu.stat. */
export function flatNumber(text: string | undefined, key: string): number | undefined {
  if (text === undefined) return undefined;
  const at = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1;
  if (at === 0 && !text.startsWith(`${key} `)) return undefined;
  const end = text.indexOf('\n', at);
  return wholeNumber(text.slice(at + key.length + 1, end < 0 ? undefined : end));
}

/** A file that is one number. */
export function wholeNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,20}$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** io.stat of cgroup v2: `8:0 rbytes=1 wbytes=2 rios=3 ...`, a line a device. Bytes read and written. */
export function ioStatBytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  let bytes = 0;
  for (const line of text.split('\n'))
    for (const word of line.split(' '))
      if (word.startsWith('rbytes=') || word.startsWith('wbytes='))
        bytes += wholeNumber(word.slice('rbytes='.length)) ?? 0;
  return bytes;
}

/** blkio.throttle.io_service_bytes of cgroup v1: `8:0 Read 1`, a line a device and kind. Bytes read and written. */
export function blkioBytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  let bytes = 0;
  for (const line of text.split('\n')) {
    const [, kind, value] = line.split(' ');
    if (kind === 'Read' || kind === 'Write') bytes += wholeNumber(value) ?? 0;
  }
  return bytes;
}

/** Pressure stall information: how long, since boot, some process had to wait. Milliseconds. */
export function pressureMs(text: string | undefined): number | undefined {
  const line = text?.split('\n').find((each) => each.startsWith('some '));
  const total = wholeNumber(line?.split(' total=')[1]);
  return total === undefined ? undefined : total / 1000;
}

/** /proc/PID/net/dev: two lines of heads, then `NAME: ` and 16 numbers. Bytes received and sent of those that count. */
export function networkBytes(
  text: string | undefined,
  counts: (name: string) => boolean = (name) => name !== 'lo',
): number | undefined {
  if (text === undefined) return undefined;
  let bytes = 0;
  for (const line of text.split('\n').slice(2)) {
    const colon = line.lastIndexOf(':');
    if (colon < 0 || !counts(line.slice(0, colon).trim())) continue;
    const numbers = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    bytes += (wholeNumber(numbers[0]) ?? 0) + (wholeNumber(numbers[8]) ?? 0);
  }
  return bytes;
}

/** /proc/net/route: the interfaces of the default routes, through which the host talks with others. */
export function defaultInterfaces(text: string | undefined): ReadonlySet<string> {
  const rows = (text ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
  return new Set(rows.flatMap(([name = '', destination]) => (destination === '00000000' ? [name] : [])));
}

const SECTOR_BYTES = 512;
/** Whole disks as EC2 instances and most machines name them; their parts would count twice. */
const WHOLE_DISK = /^(?:nvme\d+n\d+|xvd[a-z]+|[svh]d[a-z]+|mmcblk\d+)$/;

/** /proc/diskstats: `major minor name` and counts, the 3rd and 7th of which are sectors. Bytes read and written. */
export function diskBytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  let sectors = 0;
  for (const line of text.split('\n')) {
    const [, , name = '', , , read, , , , written] = line.trim().split(/\s+/);
    if (WHOLE_DISK.test(name)) sectors += (wholeNumber(read) ?? 0) + (wholeNumber(written) ?? 0);
  }
  return sectors * SECTOR_BYTES;
}

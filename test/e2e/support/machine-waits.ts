/**
 * How long this machine kept programs waiting: its own part in what a case has measured while others used it.
 *
 * By the kernel's own account (pressure stall information): the time in which at least one program was ready to run and
 * had no processor, or waited for a disk. Nothing on the way from a cause to its effect can have been held up for longer,
 * so what remains is the product's own. On a machine at rest it is next to nothing.
 */
import { readFileSync } from 'node:fs';

/** Seconds since the machine booted; 0 on a kernel that keeps no account: then nothing is forgiven. */
export const machineWaits = (): number => (stalledUs('cpu') + stalledUs('io')) / 1e6;

function stalledUs(resource: 'cpu' | 'io'): number {
  try {
    const text = readFileSync(`/proc/pressure/${resource}`, 'utf8');
    return Number(/^some .*total=(\d+)$/m.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

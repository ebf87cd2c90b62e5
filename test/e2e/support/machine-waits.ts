/**
 * How long this machine kept programs waiting: its own part in what a case has measured while others used it.
 *
 * By the kernel's own account (pressure stall information): the time in which at least one program was ready to run and
 * had no processor, or waited for a disk. Nothing on the way from a cause to its effect can have been held up for longer.
 * On a machine at rest it is next to nothing; where all cores are busy it is all of the time, so whoever forgives it must
 * also say how much at most.
 */
import { readFileSync } from 'node:fs';

/** Begins to count. The function that it returns says the seconds since then, `atMostS` at most. */
export function machineWaits(atMostS: number): () => number {
  const before = stalledUs();
  return () => Math.min((stalledUs() - before) / 1e6, atMostS);
}

/** 0 on a kernel that keeps no account: then nothing is forgiven. */
function stalledUs(): number {
  try {
    const texts = ['cpu', 'io'].map((resource) => readFileSync(`/proc/pressure/${resource}`, 'utf8'));
    return texts.reduce((sum, text) => sum + Number(/^some .*total=(\d+)$/m.exec(text)?.[1] ?? 0), 0);
  } catch {
    return 0;
  }
}

/**
 * After a reboot of the host, has the control plane's word before anything starts: what the last manifest wanted may run
 * elsewhere by now, and nothing of it runs here, so that nothing is lost by asking first.
 *
 * Out: `forbidden()`, the reason why no container may be started now, until the manifest is confirmed.
 * Fails: never; a control plane that is not heard for WORD_MS is waited for no longer, and the last manifest counts.
 */
import type { Clock } from '../clock.ts';

export interface FirstWord {
  forbidden(): string | undefined;
}

export interface FirstWordOptions {
  /** The host has booted since the manifest was kept. */
  readonly awaited: boolean;
  /** The control plane has confirmed the manifest. */
  readonly online: () => boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** It is waited for no longer. */
  readonly onOver: () => void;
}

/** Longer than one call that is never answered (10 s), and another. */
export const WORD_MS = 15_000;

const WHY = 'The host has just booted: the control plane is asked first what still runs here';

export function createFirstWord({ awaited, online, clock, signal, onOver }: FirstWordOptions): FirstWord {
  let isOver = !awaited;
  if (awaited)
    void clock.sleep(WORD_MS, signal).then(() => {
      if (isOver) return;
      isOver = true;
      onOver();
    });
  return {
    forbidden: () => {
      isOver ||= online();
      return isOver ? undefined : WHY;
    },
  };
}

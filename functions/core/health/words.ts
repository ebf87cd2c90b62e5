/** How silence is told to operators. */
import type { Signs } from './signs.ts';

export const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

export function describeSilence(signs: Signs, nowMs: number): string {
  const witnesses = [...signs.witnesses, ...signs.lonelyWitnesses];
  const heard =
    signs.heardAtMs === 0 ? 'it was never heard' : `it was heard ${seconds(nowMs - signs.heardAtMs)} ago`;
  if (witnesses.length === 0) return `${heard}, and no host can tell more`;
  const who = witnesses.join(' and ');
  const does = witnesses.length === 1 ? 'does' : 'do';
  return signs.missedBeat
    ? `${heard}, and ${who} ${does} not reach it either`
    : `${who} ${does} not reach it, though its beats arrive (${heard})`;
}

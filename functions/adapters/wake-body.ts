/** What a wake carries: no facts, only why and when, for the log and for skipping wakes that a later pass has covered. */
export interface WakeBody {
  readonly why: string;
  readonly sentAtMs: number;
  /** How many passes woke each other before this one; a brake against endless chains. */
  readonly hop?: number;
  /** Only of ticks: which quarter of the minute. */
  readonly second?: number;
}

/** Tolerant: unknown keys are ignored, null only if it is no wake at all. */
export const parseWakeBody = (value: unknown): WakeBody | null => {
  if (typeof value !== 'object' || value === null) return null;
  const body = value as Partial<Record<keyof WakeBody, unknown>>;
  if (typeof body.why !== 'string' || typeof body.sentAtMs !== 'number') return null;
  return {
    why: body.why,
    sentAtMs: body.sentAtMs,
    ...(typeof body.hop === 'number' ? { hop: body.hop } : {}),
    ...(typeof body.second === 'number' ? { second: body.second } : {}),
  };
};

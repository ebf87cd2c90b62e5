/** One row of the support table, and the two ways to write one. */

/** What a refused property waits for, in the words that users read. */
export type Area =
  | 'Compose loading'
  | 'rollouts'
  | 'published ports'
  | 'names between services'
  | 'secrets and configs'
  | 'volumes'
  | 'logs'
  | 'health probes'
  | 'placement'
  | 'jobs'
  | 'console';

export interface Honoured {
  /** `services.*.ports[].name`: `*` is any key, `[]` any item. */
  readonly path: string;
  readonly verdict: 'honoured';
  /** What it does, and where that differs from Docker Compose. */
  readonly meaning: string;
}

export interface Refused {
  /** As above; the row stands for everything below it, too. */
  readonly path: string;
  readonly verdict: 'refused';
  readonly reason: string;
  readonly instead: string;
  /** Absent: not planned. */
  readonly area?: Area;
}

export type Row = Honoured | Refused;

export const honoured = (path: string, meaning: string): Honoured => ({ path, verdict: 'honoured', meaning });

export const refused = (path: string, reason: string, instead: string, area?: Area): Refused =>
  area === undefined
    ? { path, verdict: 'refused', reason, instead }
    : { path, verdict: 'refused', reason, instead, area };

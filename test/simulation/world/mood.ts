/**
 * What is wrong with the world at the moment. Faults set values here and take them back when they are healed; whoever
 * plays a part of the world asks. All values at rest: nothing is wrong.
 */
export type FunctionName =
  'api' | 'agent-api' | 'reconcile' | 'register' | 'provision' | 'tick' | 'events' | 'doorbell';

/** How a call of a function ends early: at its `call`-th call of a port, before or after that took effect. */
export interface Kill {
  readonly call: number;
  readonly when: 'before' | 'after';
}

export interface Mood {
  /** The next invocations of a function are killed like this, one each. */
  readonly kills: Map<FunctionName, Kill[]>;
  /** Milliseconds that each port call of a function takes at most. */
  readonly slow: Map<FunctionName, number>;
  /** Share of port calls of functions that are throttled, and of those that act but lose their answer. */
  portThrottled: number;
  portAnswerLost: number;
  /** Shares of wakes that are lost, doubled, late. */
  wakesLost: number;
  wakesDoubled: number;
  wakesLate: number;
  /** Shares of rings that reach nobody, and that come twice. */
  ringsLost: number;
  ringsDoubled: number;
  /** No function runs, no agent is answered. */
  controlPlaneDown: boolean;
  /** Agents whose next boots fail for good: how many. */
  brokenBoots: number;
  /** True when anything of the above differs from rest: then port calls take the long way. */
  disturbed(): boolean;
}

export function createMood(): Mood {
  const mood: Mood = {
    kills: new Map(),
    slow: new Map(),
    portThrottled: 0,
    portAnswerLost: 0,
    wakesLost: 0,
    wakesDoubled: 0,
    wakesLate: 0,
    ringsLost: 0,
    ringsDoubled: 0,
    controlPlaneDown: false,
    brokenBoots: 0,
    disturbed: () => mood.slow.size > 0 || mood.portThrottled > 0 || mood.portAnswerLost > 0,
  };
  return mood;
}

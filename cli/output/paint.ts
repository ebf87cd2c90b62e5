import { styleText } from 'node:util';

export type Tone = 'good' | 'bad' | 'busy' | 'quiet' | 'strong';
export type Paint = (tone: Tone, text: string) => string;

const STYLES = { good: 'green', bad: 'red', busy: 'yellow', quiet: 'gray', strong: 'bold' } as const;

/** Colours text, or leaves it as it is. */
export function painter(color: boolean): Paint {
  return (tone, text) =>
    color && text !== '' ? styleText(STYLES[tone], text, { validateStream: false }) : text;
}

/** Tone of a state, phase or health: one table for every verb. */
export function toneOf(state: string): Tone {
  if (/^(?:converged|running|healthy|ready|CONVERGED)$/.test(state)) return 'good';
  if (/^(?:failed|unhealthy|lost|suspect|FAILED|SUPERSEDED|TIMEOUT)$/.test(state)) return 'bad';
  if (/^(?:stopped|terminated|removed)$/.test(state)) return 'quiet';
  return 'busy';
}

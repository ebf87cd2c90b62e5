/**
 * Progress for people: one line a step with its seconds; on a terminal the running step counts and says what it waits
 * for. Steps that run one inside the other are not shown twice: only the outer one is.
 */
import type { Progress } from './progress.ts';

export interface ProgressOutput {
  write(text: string): void;
  /** Whether a line can be overwritten. */
  readonly isTerminal: boolean;
  readonly columns: number;
}

const TICK_MS = 500;
/** Without a terminal, what is waited for is told only if it takes longer than this. */
const QUIET_MS = 5000;
const CLEAR_LINE = '\r\u001B[2K';

export function createTerminalProgress(output: ProgressOutput): Progress {
  return {
    async step(title, work) {
      const started = performance.now();
      const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
      let note = '';
      let told = '';
      const show = (): void => {
        if (output.isTerminal) {
          const line = `  … ${title} ${seconds()}${note && `  ${note}`}`;
          output.write(CLEAR_LINE + line.slice(0, Math.max(20, output.columns - 1)));
        } else if (note !== told && performance.now() - started > QUIET_MS) {
          output.write(`  … ${title}: ${note}\n`);
          told = note;
        }
      };
      const timer = setInterval(show, TICK_MS);
      const end = (mark: string): void => {
        clearInterval(timer);
        output.write(`${output.isTerminal ? CLEAR_LINE : ''}  ${mark} ${title} (${seconds()})\n`);
      };
      show();
      try {
        const result = await work((text) => {
          note = text;
          show();
        });
        end('✓');
        return result;
      } catch (error) {
        end('✗');
        throw error;
      }
    },
  };
}

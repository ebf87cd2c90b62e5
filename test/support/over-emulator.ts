/** An implementation that needs an emulator of its own: started first, stopped last, also when the rest fails to start. */
import type { Implementation, Opened } from './contract.ts';
import { startMinistack } from './ministack.ts';
import type { Ministack } from './ministack.ts';

export const overEmulator = <Subject>(
  name: string,
  open: (emulator: Ministack) => Promise<Opened<Subject>>,
): Implementation<Subject> => ({
  name,
  open: async () => {
    const emulator = await startMinistack();
    try {
      const opened = await open(emulator);
      return {
        fresh: () => opened.fresh(),
        close: () => opened.close().finally(() => emulator.stop()),
      };
    } catch (error) {
      await emulator.stop();
      throw error;
    }
  },
});

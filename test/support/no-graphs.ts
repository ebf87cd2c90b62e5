import type { Graphs } from '../../functions/usecases/ports.ts';

/** Graphs that nobody looks at. */
export const noGraphs: Graphs = { publish: () => undefined };

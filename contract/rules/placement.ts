/** Rules of placement that must fit other values. */
import type { Rule } from './rule.ts';

interface Service {
  readonly placement?:
    { readonly affinity: readonly string[]; readonly antiAffinity: readonly string[] } | undefined;
}

/** Affinities name services of the same stack: another name would wait for ever, or keep nothing apart. */
export const knownNeighbours: Rule<Readonly<Record<string, Service>>> = (services) => {
  for (const [name, { placement }] of Object.entries(services)) {
    for (const kind of ['affinity', 'antiAffinity'] as const) {
      const index = placement?.[kind].findIndex((one) => !Object.hasOwn(services, one)) ?? -1;
      if (index >= 0) return { ...unknownNeighbour, path: [name, 'placement', kind, index] };
    }
  }
  return undefined;
};

export const unknownNeighbour = {
  message: 'is no service of this stack',
  remedy: 'write the name of another service of the file',
} as const;

/** A share of several is none: Docker hands out whole ones. */
export const gpuShare: Rule<{ readonly count: number; readonly sharePercent: number }> = ({
  count,
  sharePercent,
}) =>
  sharePercent === 100 || count === 1
    ? undefined
    : {
        message: 'a share is of one GPU, and several are asked for',
        remedy: 'write `count: 1`, or leave the share out',
        path: ['sharePercent'],
      };

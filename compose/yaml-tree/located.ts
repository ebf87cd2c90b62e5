/** A YAML document as plain values that know where they stand. Aliases and merge keys are already resolved. */

export interface LocatedScalar {
  readonly kind: 'scalar';
  readonly offset: number;
  readonly value: string | number | boolean | null;
  /** As written, for numbers whose text says more than their value (`1.10`). */
  readonly source: string;
  /** Written without quotes, so that other YAML readers may see another type in it. */
  readonly plain: boolean;
}

export interface LocatedEntry {
  readonly key: string;
  readonly keyOffset: number;
  readonly value: Located;
}

export interface LocatedMap {
  readonly kind: 'map';
  readonly offset: number;
  /** In the order of the document; keys are unique. */
  readonly entries: readonly LocatedEntry[];
}

export interface LocatedList {
  readonly kind: 'list';
  readonly offset: number;
  readonly items: readonly Located[];
}

export type Located = LocatedScalar | LocatedMap | LocatedList;

/** Why a text is no document that Berth reads. Shaped as a `Problem` of the API. */
export interface Fault {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly remedy: string;
}

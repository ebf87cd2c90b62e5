/** Seeded chance: the same seed gives the same ids in the same order, in tests and in the simulation. */

export interface Random {
  /** `length` hexadecimal digits. */
  hex(length: number): string;
}

/** mulberry32, seeded with a hash of the text. */
export function createRandom(seed: string): Random {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    hex(length) {
      let digits = '';
      while (digits.length < length) digits += next().toString(16).padStart(8, '0');
      return digits.slice(0, length);
    },
  };
}

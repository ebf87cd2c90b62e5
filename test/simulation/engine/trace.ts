/**
 * What happened, as one number: every change of state, call and delivery is mixed into a hash. Equal seed and commit give
 * an equal hash (I36). The last lines are kept, so that a failure can be read.
 */
export interface Trace {
  /** `what`: one line, without ids that chance outside the seed could give. */
  add(atMs: number, what: string): void;
  /** 16 hex digits. */
  hash(): string;
  /** The newest lines, oldest first. */
  lines(): readonly string[];
}

export function createTrace(kept: number): Trace {
  const ring: string[] = [];
  let at = 0;
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  return {
    add: (atMs, what) => {
      a = Math.imul(a ^ (atMs | 0), 0x01000193);
      for (let index = 0; index < what.length; index += 1) {
        a = Math.imul(a ^ what.charCodeAt(index), 0x01000193);
        b = (Math.imul(b, 31) + what.charCodeAt(index)) | 0;
      }
      if (kept === 0) return;
      ring[at] = `${atMs} ${what}`;
      at = (at + 1) % kept;
    },
    hash: () => [a, b].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join(''),
    lines: () => [...ring.slice(at), ...ring.slice(0, at)],
  };
}

/** Where a verb writes: results on `out`, everything for the eye of somebody who waits on `err`-like lines. */
export interface Output {
  write(text: string): void;
  readonly isTty: boolean;
  /** Width in characters; 80 when it is not known. */
  readonly columns: number;
}

export interface Terminal {
  readonly out: Output;
  readonly err: Output;
  /** False with NO_COLOR (https://no-color.org), TERM=dumb, or when `out` is no terminal. */
  readonly color: boolean;
}

/** The terminal of this process. */
export function processTerminal(env: Readonly<Record<string, string | undefined>>): Terminal {
  const out = outputOf(process.stdout);
  const noColor = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return { out, err: outputOf(process.stderr), color: out.isTty && !noColor };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    get isTty(): boolean {
      // Undefined for pipes and files, whatever the types say.
      return (stream as { isTTY?: boolean }).isTTY === true;
    },
    get columns(): number {
      return stream.columns > 0 ? stream.columns : 80;
    },
  };
}

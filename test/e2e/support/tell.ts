/** Numbers that a case has measured, for the reader of the log. */
export const tell = (text: string): void => void process.stderr.write(`        ${text}\n`);

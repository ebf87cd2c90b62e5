/** What `--json` writes: one document, indented, on stdout and nothing else there. */
export const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

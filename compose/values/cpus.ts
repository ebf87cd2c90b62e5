/** CPUs as Compose writes them (`0.5`, `2`, `.25`) -> thousandths of a CPU; undefined if finer or no number. */
export function parseCpuMillis(text: string): number | undefined {
  const parts = /^([0-9]*)(?:\.([0-9]*))?$/.exec(text);
  if (!parts || !/[0-9]/.test(text) || text.length > 20) return undefined;
  const fraction = (parts[2] ?? '').replace(/0+$/, '');
  if (fraction.length > 3) return undefined;
  const millis = Number(parts[1]) * 1000 + Number(fraction.padEnd(3, '0'));
  return Number.isSafeInteger(millis) ? millis : undefined;
}

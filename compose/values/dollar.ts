/**
 * `$$` -> `$`; a variable (`$NAME`, `${...}`) is reported, as variables are not filled in.
 *
 * A dollar sign before anything else stands for itself, as in Docker Compose.
 */
export type Plain = { kind: 'plain'; text: string } | { kind: 'variable'; variable: string };

export function resolveDollars(text: string): Plain {
  let variable: string | undefined;
  const plain = text.replace(/\$(?:(\$)|[A-Za-z_][A-Za-z0-9_]*|\{[^}]*\}?)/g, (found, escaped?: string) => {
    if (escaped !== undefined) return '$';
    variable ??= found;
    return found;
  });
  return variable === undefined ? { kind: 'plain', text: plain } : { kind: 'variable', variable };
}

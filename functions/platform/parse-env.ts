/**
 * A function's environment, checked once when its process starts: a missing or malformed variable is named at once
 * instead of failing later in the middle of a pass.
 */
import type * as z from 'zod';

export const parseEnv = <Config extends object>(
  schema: z.ZodType<Config>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Config> => {
  const parsed = schema.safeParse(env);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`the environment of this function is not usable: ${problems.join('; ')}`);
};

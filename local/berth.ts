/** Runs the project's own command line against a local cloud, as its user would. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Cloud } from './cloud.ts';
import { ROOT_KEYS } from './emulator/account.ts';
import { awsEndpoints, compileCache } from './plan.ts';
import { run } from './run.ts';

type Target = Pick<Cloud, 'plan' | 'endpoint'>;

/** What makes any Berth command talk to this cloud: its endpoint, its region, the account's root. */
export function berthEnvironment({ plan, endpoint }: Target): Record<string, string | undefined> {
  const aws = awsEndpoints(plan);
  return {
    ...process.env,
    NODE_COMPILE_CACHE: compileCache(plan), // half of what a command takes is reading its own source
    BERTH_ENDPOINT: endpoint,
    AWS_ENDPOINT_URL: aws.default,
    AWS_ENDPOINT_URL_EC2: aws.EC2,
    AWS_ENDPOINT_URL_ROUTE_53: aws.ROUTE_53,
    AWS_REGION: plan.region,
    AWS_ACCESS_KEY_ID: ROOT_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT_KEYS.secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
  };
}

const program = (target: Target): string => join(target.plan.paths.project, 'cli/main.ts');

/** Resolves with what the command wrote to standard output. @throws RunError with what it said */
export function berth(target: Target, ...args: string[]): Promise<string> {
  return run(process.execPath, [program(target), ...args], { env: berthEnvironment(target) });
}

/**
 * Runs a command that shows its own progress. Resolves with its exit code.
 * @param print where its output goes; the terminal that this process has, unless given.
 */
export function berthLive(
  target: Target,
  args: readonly string[],
  print?: (text: string) => void,
): Promise<number> {
  const output = print === undefined ? 'inherit' : 'pipe';
  const child = spawn(process.execPath, [program(target), ...args], {
    env: berthEnvironment(target),
    stdio: ['ignore', output, output],
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => print?.(chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

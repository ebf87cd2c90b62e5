/**
 * Deploys the project's CDK app into the emulator, with the same CLI and the same templates as into an account.
 *
 * In: a running cloud (relay up), the app of cdk.json. Out: the stacks' outputs, also as `<state>/outputs.json`.
 * Two things make a second start quick: the synthesized app is kept while its sources are the same, and bootstrap
 * runs beside synth.
 * Fails: with the last lines of what the CDK said, which stay in `<logs>/cdk-*.log`.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { withLock } from '../lock.ts';
import { compileCache, loopbackEndpoint } from '../plan.ts';
import type { CloudPlan } from '../plan.ts';
import { logTail, startService } from '../service.ts';
import { forgetOfDead, keepNewest, namedForProcess } from './forget-old.ts';
import { sourceDigest } from './source-digest.ts';

/** About 150 MB each, as each holds both host archives. The newest few stay: another cloud may be deploying one. */
const ASSEMBLIES_KEPT = 3;
const TEMPORARY = 'cdk-tmp-';

/** Stack name -> output key -> value, as the CDK writes them. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface AppOptions {
  /** Folder of cdk.json; the project unless said. */
  readonly folder?: string;
  /** Everything that the templates and assets are made of, relative to that folder. */
  readonly sources?: readonly string[];
  /** Additional environment of the CDK, the app included. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the app's templates and assets are made of, relative to the project. */
export const SOURCES = [
  'cdk.json',
  'package.json',
  'package-lock.json',
  'infra',
  'functions',
  'agent',
  'contract',
  'compose',
];

/** Prepares the account, as `cdk bootstrap` does. */
export function bootstrap(plan: CloudPlan): Promise<void> {
  return cdk(plan, 'bootstrap', ['bootstrap', `aws://${plan.account}/${plan.region}`, '--no-notices'], {
    cwd: plan.paths.state, // away from cdk.json: else it would synthesize the app first
  });
}

/** Synthesizes the app unless that was done from the same sources. Resolves with the folder of the assembly. */
export function synthesize(plan: CloudPlan, options: AppOptions = {}): Promise<string> {
  const folder = options.folder ?? plan.paths.project;
  const digest = sourceDigest(folder, options.sources ?? SOURCES).slice(0, 16);
  const assembly = join(plan.paths.cache, `cdk-${digest}`);
  return withLock(`${assembly}.lock`, { timeoutMs: 5 * 60_000, about: 'synthesis of the app' }, async () => {
    if (existsSync(assembly)) return assembly;
    const draft = `${assembly}.draft`;
    rmSync(draft, { recursive: true, force: true });
    await cdk(plan, 'synth', ['synth', '--quiet', '--no-notices', '--output', draft], {
      cwd: folder,
      ...(options.env && { env: options.env }),
    });
    renameSync(draft, assembly); // whole or not at all
    keepNewest(plan.paths.cache, /^cdk-[0-9a-f]{16}$/, ASSEMBLIES_KEPT);
    return assembly;
  });
}

/** Deploys an assembly into the bootstrapped account. `parameters` are the templates' own, `NAME=VALUE`. */
export async function deploy(
  plan: CloudPlan,
  assembly: string,
  parameters: readonly string[] = [],
): Promise<Outputs> {
  const file = join(plan.paths.state, 'outputs.json');
  const flags = [
    '--all',
    '--require-approval',
    'never',
    '--method',
    'direct',
    '--progress',
    'events',
    '--no-notices',
  ];
  const values = parameters.flatMap((parameter) => ['--parameters', parameter]);
  await cdk(plan, 'deploy', ['deploy', '--app', assembly, '--outputs-file', file, ...flags, ...values], {
    cwd: plan.paths.project,
  });
  return JSON.parse(readFileSync(file, 'utf8')) as Outputs;
}

/** LocalStack's own wrapper of the CDK's CLI: it sends every call to AWS_ENDPOINT_URL. */
const CDK_LOCAL = join(
  dirname(createRequire(import.meta.url).resolve('aws-cdk-local/package.json')),
  'bin/cdklocal',
);

async function cdk(
  plan: CloudPlan,
  name: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<void> {
  // The CDK leaves what it was at when it is interrupted: not in the machine's temporary folder.
  mkdirSync(plan.paths.cache, { recursive: true });
  forgetOfDead(plan.paths.cache, TEMPORARY);
  const temporary = mkdtempSync(join(plan.paths.cache, namedForProcess(TEMPORARY)));
  try {
    const { child, log } = startService(plan, {
      name: `cdk-${name}`,
      command: process.execPath,
      args: [CDK_LOCAL, ...args],
      cwd: options.cwd,
      env: { ...cdkEnvironment(plan), TMPDIR: temporary, ...options.env },
    });
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    if (code !== 0)
      throw new Error(`cdk ${name} failed (${String(code)}); its log is ${log}:\n${logTail(log, 25)}`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * The machine's own environment, because npm may need its certificates and settings to fetch the other architecture's
 * Node; but nothing of AWS that somebody has set for a real account, and none of Node's flags.
 */
function cdkEnvironment(plan: CloudPlan): Record<string, string | undefined> {
  const endpoint = loopbackEndpoint(plan.ports.relay);
  const own = Object.entries(process.env).filter(([name]) => !/^AWS_|^CDK_|^NODE_OPTIONS$/.test(name));
  return {
    ...Object.fromEntries(own),
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    CDK_HOME: join(plan.paths.cache, 'cdk-home'),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CI: 'true',
    NODE_COMPILE_CACHE: compileCache(plan), // npm and npx, which a synthesis calls, would leave one in the temporary folder
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: plan.region,
    AWS_DEFAULT_REGION: plan.region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

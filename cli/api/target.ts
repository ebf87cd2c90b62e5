/**
 * Which control plane is meant, and as whom it is called.
 *
 * In: options, environment, the nearest `.berth/local.json`, else the account's own parameter
 *   `/berth/<cluster>/endpoint` (Systems Manager). Out: a `Target`.
 * The region is the endpoint's own where it tells it (the file, an execute-api host name): a signature for another
 *   region is refused whatever the shell says. Only then the environment and the profile are asked.
 * Fails with exit 3 (no region, no credentials, no such parameter) or 2 (no URL).
 */
import { badInput, CliError, noAccess } from '../cli-error.ts';
import type { TargetOptions } from '../session.ts';
import { findLocalCloud } from './local-file.ts';
import type { LocalCloud } from './local-file.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export type TargetSource = 'option' | 'environment' | 'local-file' | 'parameter';

export interface Target {
  /** Without a trailing slash; may have a path. */
  readonly endpoint: URL;
  readonly region: string;
  readonly source: TargetSource;
  /** For messages: where the endpoint was found. */
  readonly foundIn: string;
  readonly credentials: () => Promise<Credentials>;
}

/** The parts of the AWS SDK that are needed, loaded on first use (they take longer than the call itself). */
export interface Aws {
  /** The SDK's default chain, with or without the role of the EC2 instance we may run on. Throws what was tried. */
  credentials(region: string, use: { readonly instanceRole: boolean }): Promise<Credentials>;
  /** Of the environment or the profile. */
  region(): Promise<string | undefined>;
  /** Value of a parameter; null: there is none. */
  parameter(name: string, region: string): Promise<string | null>;
}

export interface TargetInputs {
  readonly options: TargetOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly aws: Aws;
}

export const DEFAULT_CLUSTER = 'berth';

const ELSE_LOCAL =
  'for a local cloud run `npm start`, then berth in that folder; or name a control plane with --endpoint';

/** Account root of the local emulator; its secret is not a secret. Used only with `.berth/local.json`. */
const LOCAL_ROOT: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

export async function findTarget(inputs: TargetInputs): Promise<Target> {
  const { options, env, cwd } = inputs;
  if (options.endpoint !== undefined) return named(inputs, options.endpoint, 'option', '--endpoint');
  if (env.BERTH_ENDPOINT) return named(inputs, env.BERTH_ENDPOINT, 'environment', 'BERTH_ENDPOINT');
  // A cluster named on the command line is one of the account: it must not end up on the local cloud.
  const local = options.cluster === undefined ? findLocalCloud(cwd) : null;
  return local === null ? ofAccount(inputs) : ofLocalCloud(inputs, local);
}

export interface FoundAccount {
  readonly region: string;
  /** The local cloud whose account it is; null: one of AWS. */
  readonly local: LocalCloud | null;
  readonly credentials: () => Promise<Credentials>;
}

/** The account of the control plane that is meant; also when that is broken or gone, and its address with it. */
export async function findAccount(inputs: TargetInputs): Promise<FoundAccount> {
  try {
    const { region, source, credentials } = await findTarget(inputs);
    const local = source === 'local-file' ? findLocalCloud(inputs.cwd) : null;
    return { region, local, credentials };
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'no-endpoint') throw error;
    const region = await requireRegion(inputs);
    return { region, local: null, credentials: () => chain(inputs, region) };
  }
}

async function named(
  inputs: TargetInputs,
  text: string,
  source: TargetSource,
  foundIn: string,
): Promise<Target> {
  const endpoint = parseEndpoint(text, foundIn);
  const region = regionOf(endpoint) ?? (await requireRegion(inputs));
  return { endpoint, region, source, foundIn, credentials: () => chain(inputs, region) };
}

function ofLocalCloud(inputs: TargetInputs, local: LocalCloud): Target {
  const { env, aws } = inputs;
  // Whoever names credentials means them, and hears when they do not work.
  const areNamed = Boolean(env.AWS_ACCESS_KEY_ID) || Boolean(env.AWS_PROFILE);
  const found = () => aws.credentials(local.region, { instanceRole: false });
  return {
    endpoint: parseEndpoint(local.endpoint, local.path),
    region: local.region,
    source: 'local-file',
    foundIn: local.path,
    credentials: () => (areNamed ? chain(inputs, local.region) : found().catch(() => LOCAL_ROOT)),
  };
}

async function ofAccount(inputs: TargetInputs): Promise<Target> {
  const region = await requireRegion(inputs);
  const cluster = inputs.options.cluster ?? (inputs.env.BERTH_CLUSTER || DEFAULT_CLUSTER);
  const parameter = `/berth/${cluster}/endpoint`;
  await chain(inputs, region);
  const value = await inputs.aws.parameter(parameter, region);
  if (value === null)
    throw noAccess(
      'no-endpoint',
      `no control plane found: there is no parameter ${parameter} in this account in ${region}`,
      'deploy it with `npx cdk deploy`, or choose another cluster (--cluster), region (AWS_REGION) or account (AWS_PROFILE)',
      ELSE_LOCAL,
    );
  const endpoint = parseEndpoint(value, parameter);
  return {
    endpoint,
    region: regionOf(endpoint) ?? region,
    source: 'parameter',
    foundIn: `${parameter} (${region})`,
    credentials: () => chain(inputs, region),
  };
}

/** @throws CliError exit 2 when `text` is no http(s) URL or holds what a base URL cannot. */
export function parseEndpoint(text: string, foundIn: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username)
    throw badInput(
      `"${text}" (${foundIn}) is no endpoint`,
      'write a URL such as https://abc123.execute-api.eu-central-1.amazonaws.com',
    );
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** Region in the host name of an HTTP API: `abc123.execute-api.REGION.amazonaws.com`. */
export function regionOf(endpoint: URL): string | undefined {
  return /^[a-z0-9-]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(endpoint.hostname)?.[1];
}

async function requireRegion({ aws }: TargetInputs): Promise<string> {
  const region = await aws.region();
  if (region !== undefined) return region;
  throw noAccess(
    'no-region',
    'no AWS region is set',
    'set AWS_REGION, or AWS_PROFILE to a profile that has one',
    ELSE_LOCAL,
  );
}

async function chain({ aws, env }: TargetInputs, region: string): Promise<Credentials> {
  try {
    return await aws.credentials(region, { instanceRole: true });
  } catch (error) {
    throw noAccess(
      'no-credentials',
      `no AWS credentials${env.AWS_PROFILE ? ` (AWS_PROFILE=${env.AWS_PROFILE})` : ''}: ${(error as Error).message}`,
      'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; with IAM Identity Center run `aws sso login`',
      ELSE_LOCAL,
    );
  }
}

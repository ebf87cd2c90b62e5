/**
 * Proves that any LocalStack-compatible endpoint can stand in for AWS: `AWS_ENDPOINT_URL=http://... node test/smoke.ts`.
 *
 * In: AWS_ENDPOINT_URL, and the variables that every AWS SDK reads (test/test and us-east-1 unless they are set).
 * It deploys the CDK app there with cdklocal, puts a stack through the command line, and looks whether the API answers
 * and a host was asked for. No gateway, no host, no DNS of the local cloud is used. The app stays deployed.
 * Out: `ok`, exit 0; else the step that failed and what it said, exit 1 (2: no endpoint named).
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EC2Client, RegisterImageCommand } from '@aws-sdk/client-ec2';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { EventView, HostView, Replica } from '../contract/http-api.ts';

const PROJECT = dirname(import.meta.dirname);
const CDK_LOCAL = join(
  dirname(createRequire(import.meta.url).resolve('aws-cdk-local/package.json')),
  'bin/cdklocal',
);
const STEP_TIMEOUT_MS = 10 * 60_000;
const HOST_TIMEOUT_MS = 90_000;
const LOOK_EVERY_MS = 1000;
const STACK = 'smoke';
const COMPOSE = `name: ${STACK}\nservices:\n  web:\n    image: smoke-web\n    ports: [{ target: 8080, name: http }]\n`;

/** Public image parameters (`/aws/...`) are reserved names that emulators lack: the app takes others. */
const IMAGES = [
  { app: 'HostImageX86', architecture: 'x86_64', parameter: '/smoke/host-image/x86_64' },
  { app: 'HostImageArm', architecture: 'arm64', parameter: '/smoke/host-image/arm64' },
] as const;

interface Place {
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;
}

async function smoke(place: Place): Promise<void> {
  await step('images of hosts', () => registerImages());
  const outputs = await step('deploy the CDK app', () => deployApp(place));
  // The form that both LocalStack and its stand-ins serve; their host names resolve only with their own DNS.
  const endpoint = `${place.url.replace(/\/$/, '')}/_aws/execute-api/${outputs.ApiId ?? ''}/$default`;
  const berth = (...args: string[]) => cli(place, endpoint, args);
  await step('the API answers: Lambda functions of Node 24 run', () => berth('version'));
  await step('put a stack', () => berth('deploy', '-f', '-', '--no-wait'));
  await step('a host is asked for', () => untilHostRequested(berth));
  await step('take the stack away', () => berth('rm', STACK, '--yes', '--no-wait'));
}

async function registerImages(): Promise<void> {
  const [ec2, ssm] = [new EC2Client(), new SSMClient()];
  for (const { architecture, parameter } of IMAGES) {
    const Name = `smoke-${architecture}-${String(Date.now())}`;
    const image = await ec2.send(
      new RegisterImageCommand({ Name, Architecture: architecture, RootDeviceName: '/dev/xvda' }),
    );
    const Value = image.ImageId;
    await ssm.send(new PutParameterCommand({ Name: parameter, Value, Type: 'String', Overwrite: true }));
  }
}

async function deployApp(place: Place): Promise<Readonly<Record<string, string>>> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-smoke-'));
  try {
    const file = join(folder, 'outputs.json');
    const assembly = join(folder, 'cdk.out');
    const values = [...IMAGES.map(({ app, parameter }) => `${app}=${parameter}`), 'PriceSource=synthetic'];
    const parameters = values.flatMap((value) => ['--parameters', value]);
    const cdk = (...args: string[]) => run(place, [CDK_LOCAL, ...args, '--no-notices'], '');
    await cdk('bootstrap', '--output', assembly);
    await cdk(
      'deploy',
      '--all',
      '--require-approval',
      'never',
      '--method',
      'direct',
      '--output',
      assembly,
      '--outputs-file',
      file,
      ...parameters,
    );
    const [outputs] = Object.values(
      JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>,
    );
    return outputs ?? {};
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** It is enough that it is asked for: only the local cloud has metal to boot. */
async function untilHostRequested(berth: (...args: string[]) => Promise<string>): Promise<void> {
  const endAt = Date.now() + HOST_TIMEOUT_MS;
  while (Date.now() < endAt) {
    const hosts = JSON.parse(await berth('hosts', '--json')) as HostView[];
    if (hosts.some(({ instanceId }) => instanceId !== null)) return;
    await sleep(LOOK_EVERY_MS);
  }
  const replicas = JSON.parse(await berth('ps', STACK, '--json')) as Replica[];
  const events = JSON.parse(await berth('events', '--json')) as EventView[];
  const said = [
    ...replicas.map(({ replica, reason }) => `${replica}: ${reason}`),
    ...events.map(({ code, message }) => `${code}: ${message}`),
  ];
  throw new Error(`no instance after ${String(HOST_TIMEOUT_MS / 1000)} s:\n${said.join('\n')}`);
}

const cli = (place: Place, endpoint: string, args: readonly string[]): Promise<string> =>
  run(
    { ...place, env: { ...place.env, BERTH_ENDPOINT: endpoint } },
    [join(PROJECT, 'cli/main.ts'), ...args],
    COMPOSE,
  );

/** Runs a program with this Node. Resolves with its stdout. @throws Error with the end of what it said */
function run({ env }: Place, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: PROJECT, env, timeout: STEP_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new Error(`${error.message.split('\n')[0] ?? ''}\n${`${stdout}\n${stderr}`.trim().slice(-3000)}`),
        );
    });
    child.stdin?.on('error', () => undefined); // ended before it read
    child.stdin?.end(input);
  });
}

async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  try {
    const result = await work();
    process.stdout.write(`  ${title} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)\n`);
    return result;
  } catch (error) {
    throw new Error(`${title}: ${(error as Error).message}`, { cause: error });
  }
}

const url = process.env.AWS_ENDPOINT_URL;
if (!url) {
  process.stderr.write(
    'set AWS_ENDPOINT_URL to a LocalStack-compatible endpoint, such as http://localhost:4566\n',
  );
  process.exit(2);
}
Object.assign(process.env, {
  AWS_REGION: process.env.AWS_REGION ?? 'us-east-1',
  AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID ?? 'test',
  AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY ?? 'test',
  AWS_ENDPOINT_URL_S3: process.env.AWS_ENDPOINT_URL_S3 ?? url,
  AWS_EC2_METADATA_DISABLED: 'true',
  PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
});
try {
  await smoke({ url, env: { ...process.env, CI: 'true' } });
  process.stdout.write('ok\n');
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

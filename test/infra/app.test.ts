/**
 * The app as the CDK command runs it: a process of its own, real bundles, real archives. What it makes must depend on
 * nothing but the sources: the same with every variable of a local cloud set, and no word of such a cloud in it.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CDK_CONTEXT, STRICT } from '../support/berth-template.ts';

const run = promisify(execFile);
const PROJECT = join(import.meta.dirname, '../..');
/** The first one may have to fetch the other architecture's Node: 52 MB; and `npm test` runs it in what others leave. */
const SYNTHESIS_TIMEOUT_MS = 1_200_000;

/** Everything that says "local" to a program of ours, of the SDK or of a LocalStack tool. */
const LOCAL_ENVIRONMENT = {
  AWS_ENDPOINT_URL: 'http://localhost:4566',
  AWS_ENDPOINT_URL_S3: 'http://localhost:4566',
  AWS_ENDPOINT_URL_EC2: 'http://localhost:4599',
  AWS_ENDPOINT_URL_ROUTE_53: 'http://localhost:4598',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'eu-north-1',
  AWS_DEFAULT_REGION: 'eu-north-1',
  BERTH_ENDPOINT: 'http://localhost:4566/_aws/execute-api/abc/$default',
  BERTH_CLUSTER: 'local',
  LOCALSTACK_HOSTNAME: 'localhost',
  LOCALSTACK_ENDPOINT: 'http://localhost:4566',
  EDGE_PORT: '4566',
};

async function synthesise(environment: Record<string, string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-synthesis-'));
  await run(process.execPath, ['infra/app.ts'], {
    cwd: PROJECT,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...CDK_CONTEXT, ...STRICT }),
      ...environment,
    },
    maxBuffer: 64 * 1024 * 1024,
  });
  return folder;
}

let plain = '';
let local = '';

beforeAll(async () => {
  [plain, local] = await Promise.all([synthesise({}), synthesise(LOCAL_ENVIRONMENT)]);
}, SYNTHESIS_TIMEOUT_MS);

afterAll(() => {
  for (const folder of [plain, local]) rmSync(folder, { recursive: true, force: true });
});

const templateOf = (folder: string) => readFileSync(join(folder, 'berth-berth.template.json'));
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const bundlesOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.startsWith('asset.'))
    .toSorted();

describe('the app', () => {
  it('makes the same template and assets in a local environment and without one', () => {
    expect(digest(templateOf(local))).toBe(digest(templateOf(plain)));
    expect(bundlesOf(local)).toEqual(bundlesOf(plain));
    expect(bundlesOf(plain)).toHaveLength(9 + 2);
  });

  it('makes nothing that speaks of a local cloud, but for the variables that every SDK reads', () => {
    const template = templateOf(plain)
      .toString()
      .replaceAll('${AWS_ENDPOINT_URL_S3:-${AWS_ENDPOINT_URL:-', '');
    for (const word of [
      /localhost/i,
      /127\.0\.0\.1/,
      /10\.77\./,
      /45\d\d\b(?=[/"])/,
      /localstack/i,
      /ministack/i,
      /ENDPOINT_URL/,
    ])
      expect(template).not.toMatch(word);
  });

  it.each(['plain', 'local'] as const)('bundles functions that hold no machine path (%s)', (which) => {
    const folder = which === 'plain' ? plain : local;
    for (const bundle of bundlesOf(folder).filter((name) => !name.endsWith('.gz')))
      expect(readFileSync(join(folder, bundle, 'index.mjs'), 'utf8')).not.toContain(PROJECT);
  });
});

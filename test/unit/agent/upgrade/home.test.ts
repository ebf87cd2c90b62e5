/** The folder of versions on a real disk, filled from a real archive over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createArchiveFetch } from '../../../../agent/upgrade/fetch-archive.ts';
import { createHome } from '../../../../agent/upgrade/home.ts';
import { WrongArchive } from '../../../../agent/upgrade/upgrades.ts';
import { agentHome, type AgentHomeFolder } from '../../../support/agent-home.ts';

let home: AgentHomeFolder;
let server: Server;
let asked: { url: string; authorization: string; bodyHash: string }[];
let answer: { status: number; body: Buffer };
let distrusted: number;

beforeEach(async () => {
  home = agentHome();
  home.addVersion('1', 'exit 0');
  home.boot('1');
  [asked, distrusted] = [[], 0];
  server = createServer((request, response) => {
    const { authorization = '', 'x-amz-content-sha256': hash } = request.headers;
    asked.push({ url: request.url ?? '', authorization, bodyHash: String(hash) });
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  home.remove();
});

/** What a deploy publishes as `version`; `holds` is what its VERSION says. */
function published(version: string, holds = version) {
  const source = join(home.folder, `source-${version}`);
  mkdirSync(join(source, 'bin'), { recursive: true });
  writeFileSync(join(source, 'bin/node'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(source, 'agent.mjs'), '// new\n');
  writeFileSync(join(source, 'VERSION'), `${holds}\n`);
  const body = execFileSync('tar', ['-czf', '-', '-C', source, 'bin/node', 'agent.mjs', 'VERSION']);
  answer = { status: 200, body };
  return { bucket: 'assets-1', key: 'abc.tar.gz', sha256: createHash('sha256').update(body).digest('hex') };
}

const upgrades = (running = '1') => {
  const { port } = server.address() as AddressInfo;
  const fetchArchive = createArchiveFetch({
    region: 'us-east-1',
    environment: { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` },
    credentials: {
      get: () => Promise.resolve({ accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: 't' }),
      distrust: () => (distrusted += 1),
    },
    now: () => 1_800_000_000_000,
  });
  return createHome({ folder: home.folder, running, fetchArchive, restart: () => undefined });
};
const versions = () => readdirSync(home.folder).filter((name) => /^[0-9]$/.test(name));

describe('fetching a version', () => {
  it('asks S3 with the host’s keys, and puts it beside the one that runs', async () => {
    const archive = published('2');
    const here = upgrades();
    expect(await here.has('2')).toBe(false);
    await here.fetch('2', archive);
    expect([await here.has('1'), await here.has('2')]).toEqual([true, true]);
    expect(asked).toEqual([
      {
        url: '/assets-1/abc.tar.gz',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIA\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
        ),
        bodyHash: createHash('sha256').update('').digest('hex'),
      },
    ]);
    expect([home.link('current'), home.link('next')]).toEqual(['1', undefined]);
    expect(existsSync(join(home.folder, '.incoming'))).toBe(false);
  });

  it.each([
    [
      'other bytes',
      () => ({ ...published('2'), sha256: 'f'.repeat(64) }),
      /has the digest [0-9a-f]{64}, not f{64}/,
    ],
    ['another version', () => published('2', '3'), /holds no agent of version 2/],
  ])('refuses %s for good, and leaves nothing', async (_, make, said) => {
    const failed = upgrades().fetch('2', make());
    await expect(failed).rejects.toThrow(WrongArchive);
    await expect(failed).rejects.toThrow(said);
    expect(versions()).toEqual(['1']);
    expect(existsSync(join(home.folder, '.incoming'))).toBe(false);
  });

  it.each([403, 404, 503])('fails for now when S3 answers %i', async (status) => {
    const archive = published('2');
    answer = { status, body: Buffer.from('no') };
    const failed = upgrades().fetch('2', archive);
    await expect(failed).rejects.toThrow(`S3 answered ${status} for assets-1/abc.tar.gz`);
    await expect(failed).rejects.not.toThrow(WrongArchive);
    expect([distrusted, versions()]).toEqual([status === 403 ? 1 : 0, ['1']]);
  });

  it('takes the place of one that a power cut left half done', async () => {
    mkdirSync(join(home.folder, '2'));
    writeFileSync(join(home.folder, '2/VERSION'), '');
    await upgrades().fetch('2', published('2'));
    expect(await upgrades().has('2')).toBe(true);
  });
});

describe('a version on trial', () => {
  const trial = { version: '2', request: 7, trialMs: 4500 };

  it('is one that is here; what the launcher reads is in place before it', async () => {
    await expect(upgrades().putOnTrial(trial)).rejects.toThrow('version 2 is not on this host');
    home.addVersion('2', 'exit 0');
    for (const file of ['tries', 'refused']) writeFileSync(join(home.folder, file), '3\n');
    await upgrades().putOnTrial(trial);
    expect([home.link('next'), home.lines('trial')]).toEqual(['2', ['7', '5']]);
    expect(home.files().filter((name) => ['tries', 'refused'].includes(name))).toEqual([]);
  });

  it('becomes the current one when confirmed; the one before stays, older ones go', async () => {
    for (const version of ['0', '2']) home.addVersion(version, 'exit 0');
    await upgrades().putOnTrial(trial);
    await upgrades('1').confirm(); // not the one on trial
    expect([home.link('current'), home.link('next')]).toEqual(['1', '2']);
    await upgrades('2').confirm();
    expect(['current', 'previous', 'next'].map((name) => home.link(name))).toEqual(['2', '1', undefined]);
    expect(versions()).toEqual(['1', '2']);
    await upgrades('2').confirm();
    expect(['current', 'previous'].map((name) => home.link(name))).toEqual(['2', '1']);
  });

  it('given up is told, but for one that runs after all', async () => {
    expect(await upgrades().refusal()).toBeUndefined();
    writeFileSync(join(home.folder, 'refused'), '2\n7\nit ended\n');
    expect(await upgrades('1').refusal()).toEqual({
      version: '2',
      request: 7,
      final: true,
      reason: 'it ended',
    });
    expect(await upgrades('2').refusal()).toBeUndefined();
    expect(readFileSync(join(home.folder, 'refused'), 'utf8')).toContain('it ended');
  });
});

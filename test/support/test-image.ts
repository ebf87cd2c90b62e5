/** The image that tests run: Debian's static busybox and nothing else, loaded into an engine over its API. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUSYBOX = '/bin/busybox';
const COMMANDS = [
  'sh',
  'sleep',
  'test',
  'touch',
  'echo',
  'cat',
  'nc',
  'id',
  'ls',
  'rm',
  'ip',
  'httpd',
  'kill',
];

/** @param changes Dockerfile instructions, for example `HEALTHCHECK ...`, laid over the image's own */
export async function loadTestImage(
  socketPath: string,
  name = 'berth-test:latest',
  changes: readonly string[] = [],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-image-'));
  try {
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'tmp'));
    cpSync(BUSYBOX, join(folder, 'bin/busybox'));
    for (const command of COMMANDS) symlinkSync('busybox', join(folder, 'bin', command));
    const archive = execFileSync('tar', ['-C', folder, '-c', '.'], { maxBuffer: 64 * 1024 * 1024 });
    const [repo = '', tag = 'latest'] = name.split(':');
    const query = new URLSearchParams({ fromSrc: '-', repo, tag });
    for (const change of ['ENV PATH=/bin', ...changes]) query.append('changes', change);
    await upload(socketPath, `/images/create?${query.toString()}`, archive);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function upload(socketPath: string, path: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-tar', 'content-length': body.length };
    const sent = request({ socketPath, path, method: 'POST', headers }, (reply) => {
      let text = '';
      reply.setEncoding('utf8');
      reply.on('data', (part: string) => (text += part));
      reply.on('end', () => {
        if (reply.statusCode === 200 && !text.includes('"error"')) resolve();
        else reject(new Error(`the test image was not taken: ${reply.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/**
 * The images that end-to-end cases run: the shop's, and one of our own whose health is switched by a file.
 *
 * `berth-e2e` serves its replica's name on port 8080. It is healthy while /tmp/healthy is there: HEALTHY=yes makes it
 * at the start, else a test does (`docker exec ID touch /tmp/healthy`). /ready answers while /www/ready is there.
 * /cgi-bin/burn answers when it has counted to some ten thousand, which takes a CPU tens of milliseconds. Its first process notes SIGTERM with the kernel's uptime, the
 * one clock that a container, its host and the test share to the hundredth of a second.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud } from '../../../local/cloud.ts';
import { buildShop } from '../../../local/example-images.ts';
import { run } from '../../../local/run.ts';

export const TEST_IMAGE = 'berth-e2e';
/** The image's health check, as Compose writes it. */
export const HEALTH_CHECK = `healthcheck: { test: [CMD, test, -e, /tmp/healthy], interval: 500ms, timeout: 2s, retries: 2 }`;

const BUSYBOX = '/bin/busybox';
const COMMANDS = ['sh', 'cat', 'httpd', 'kill', 'rm', 'sleep', 'test', 'touch'];

/** Ends 0.3 s after SIGTERM, so that what it wrote is in its log before it is gone. */
const START = `#!/bin/sh
rm -f /tmp/healthy /tmp/dead /www/ready
[ -z "$HEALTHY" ] || touch /tmp/healthy
stop() {
  read -r uptime rest </proc/uptime
  echo "SIGTERM $uptime"
  sleep 0.3
  exit 0
}
trap stop TERM
echo "$BERTH_REPLICA \${GREETING:-}" >/www/index.html
httpd -f -p 8080 -h /www &
echo started
while :; do wait; done
`;

const BURN = `#!/bin/sh
i=0
while [ $i -lt 30000 ]; do i=$((i+1)); done
printf 'Content-Type: text/plain\\r\\n\\r\\nburnt\\n'
`;

/** Builds and publishes all of them. @throws RunError with what Docker said */
export async function publishTestImages(
  cloud: Pick<Cloud, 'plan' | 'engine' | 'publishImage'>,
): Promise<void> {
  await cloud.engine.use(async () => {
    await buildShop(cloud.plan.paths.project);
    await buildTestImage();
  });
  for (const image of ['shop-web', 'shop-api', TEST_IMAGE]) await cloud.publishImage(image);
}

async function buildTestImage(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-e2e-'));
  try {
    for (const name of ['bin', 'tmp', 'www']) mkdirSync(join(folder, 'root', name), { recursive: true });
    cpSync(BUSYBOX, join(folder, 'root/bin/busybox'));
    for (const command of COMMANDS) symlinkSync('busybox', join(folder, 'root/bin', command));
    writeFileSync(join(folder, 'root/bin/start'), START, { mode: 0o755 });
    mkdirSync(join(folder, 'root/www/cgi-bin'));
    writeFileSync(join(folder, 'root/www/cgi-bin/burn'), BURN, { mode: 0o755 });
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM scratch\nCOPY root/ /\nENV PATH=/bin\nENTRYPOINT ["/bin/start"]\n',
    );
    const env = { ...process.env, DOCKER_BUILDKIT: '0' };
    await run('docker', ['build', '--quiet', '--tag', TEST_IMAGE, folder], { env });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

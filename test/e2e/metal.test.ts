/** Metal, for real: hosts boot from user data, get keys through the metadata service, and leave nothing behind. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { processesIn } from '../../local/cgroups.ts';
import { claim, claimFreeIndex, release } from '../../local/claim.ts';
import { cleanUp } from '../../local/clean-up.ts';
import { inHost } from '../../local/metal/in-host.ts';
import { loopbackEndpoint } from '../../local/plan.ts';
import type { CloudPlan } from '../../local/plan.ts';
import { isFiltering } from '../../local/network.ts';
import { identify } from '../../local/process-identity.ts';
import { run } from '../../local/run.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { tracesOf } from '../support/machine-state.ts';
import { HOST_ROLE, machine, startSmallCloud } from '../support/small-cloud.ts';

const PROJECT = join(import.meta.dirname, '../..');
const NOTHING = {
  netns: [],
  links: [],
  mounts: [],
  firewall: [],
  cgroups: [],
  listening: [],
  files: [],
  processes: [],
};

const USER_DATA = `#!/bin/bash
set -euo pipefail
echo "as $(id -un) on $(hostname)"
cat >/etc/settings.env <<'E'
# a comment
GREETING="good day"
E
cat >/etc/systemd/system/clock.service <<'E'
[Unit]
Description=Writes what it was given
[Service]
Environment=KIND=unit "TWO=two words"
EnvironmentFile=-/etc/settings.env
EnvironmentFile=-/etc/not-there.env
WorkingDirectory=/opt
ExecStart=/bin/sh -c 'echo "start $KIND $TWO $GREETING $0 $(pwd) $(env | wc -l)"; exec sleep 1000' \${KIND}
Restart=always
RestartSec=100ms
[Install]
WantedBy=multi-user.target
E
systemctl mask --now ecs
systemctl daemon-reload
systemctl enable --now clock.service
echo finished
`;

let plan: CloudPlan;
let cloud: Awaited<ReturnType<typeof startSmallCloud>>;
let host: { initPid: number };
const sh = (script: string, on = host) => inHost(on, ['sh', '-c', script]);
const eventually = (what: string, check: () => Promise<boolean>) =>
  waitUntil(async () => (await check()) || undefined, { what, timeoutMs: 45_000, everyMs: 100 });

/** One IAM call as the account's root, whose signature the emulator does not check. */
async function iam(parameters: Record<string, string>): Promise<void> {
  const scope = 'Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none';
  const reply = await fetch(loopbackEndpoint(plan.ports.relay), {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}` },
    body: new URLSearchParams({ Version: '2010-05-08', ...parameters }),
  });
  if (!reply.ok) throw new Error(await reply.text());
}

beforeAll(async () => {
  plan = await claimFreeIndex('metal', PROJECT);
  rmSync(plan.paths.logs, { recursive: true, force: true });
  cloud = await startSmallCloud(plan, [machine(plan, 11), machine(plan, 12)]);
  host = await cloud.metal.boot(machine(plan, 11, USER_DATA));
}, 600_000);
afterAll(async () => {
  await cloud.close();
  release(plan);
}, 120_000);

describe('a host', () => {
  it('runs its user data once, as root, under its own name', async () => {
    const log = '/var/log/cloud-init-output.log';
    await eventually('the user data to end', async () => (await sh(`cat ${log}`)).includes('ended'));
    const text = await sh(`cat ${log}`);
    expect(text).toContain(`as root on ip-10-77-${String(plan.index)}-11.ec2.internal`);
    expect(text).toContain('finished\nuser data ended with code 0');
  });

  it('has a process space, an address and an engine of its own', async () => {
    expect((await sh('cat /proc/1/cmdline')).replaceAll('\0', ' ')).toContain('/usr/lib/host/init');
    expect(await sh('ip -4 -o addr show eth0')).toContain(`10.77.${String(plan.index)}.11/24`);
    expect((await sh('docker info --format {{.Name}}')).trim()).toMatch(/^ip-10-77-/);
  });

  it('knows where AWS is, and nothing else of this machine', async () => {
    const names = (await sh("tr '\\0' '\\n' </proc/1/environ"))
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => name?.startsWith('AWS_')).sort()).toEqual([
      'AWS_ENDPOINT_URL',
      'AWS_ENDPOINT_URL_S3',
    ]);
    expect(names.join()).not.toMatch(/BERTH|KEY|NODE|npm/);
    expect(await sh('mount')).not.toContain('.berth');
  });

  it('runs units as systemd would: environment, folder, quoting, restart', async () => {
    const log = () => sh('grep start /var/log/clock.log');
    await eventually('the unit to run', async () => (await log()) !== '');
    expect(await log()).toMatch(/^start unit two words good day unit \/opt \d+\n$/);
    expect(await sh('systemctl is-active clock')).toBe('active\n');
    await sh('kill -9 $(systemctl show --property=MainPID --value clock)');
    await eventually('the restart', async () => (await log()).split('\n').length === 3);
  });

  it('refuses what its systemctl does not know', async () => {
    await expect(sh('systemctl edit clock')).rejects.toThrow("do not know the verb 'edit'");
    await expect(sh('systemctl start clock --force')).rejects.toThrow('do not know option --force');
    await expect(sh('systemctl start nothing')).rejects.toThrow('nothing.service not found');
    await expect(sh('systemctl start ecs')).rejects.toThrow('masked');
  });

  it('stops and starts a unit', async () => {
    await sh('systemctl stop clock');
    await expect(sh('systemctl is-active clock')).rejects.toThrow('(3): inactive');
    await sh('systemctl start clock && systemctl is-active clock');
  });

  it('can use no more memory than its type has', async () => {
    const group = (await sh('cat /proc/1/cgroup')).split('\n').find((line) => /memory|^0::/.test(line)) ?? '';
    expect(group).toContain(`/${plan.cgroup}/`);
    await expect(sh('head -c 2G /dev/zero | tail -c 1100M >/dev/null; exit $?')).rejects.toThrow('137');
    expect((await sh('systemctl is-active docker')).trim()).toBe('active');
  }, 60_000);
});

describe('the metadata service', () => {
  const IMDS = 'http://169.254.169.254/latest';
  const TOKEN = `$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' ${IMDS}/api/token)`;
  const get = (path: string) => `curl -sf -H "X-aws-ec2-metadata-token: ${TOKEN}" ${IMDS}/${path}`;

  it('knows the host by its address', async () => {
    expect(await sh(get('meta-data/instance-id'))).toBe(machine(plan, 11).instanceId);
    await expect(sh(`curl -sf ${IMDS}/meta-data/instance-id`)).rejects.toThrow(); // version 1
  });

  it('gives keys of the role, whose session is named after the instance', async () => {
    const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    await iam({ Action: 'CreateRole', RoleName: HOST_ROLE, AssumeRolePolicyDocument: policy });
    const keys = JSON.parse(await sh(get(`meta-data/iam/security-credentials/${HOST_ROLE}`))) as Record<
      string,
      string
    >;
    expect(keys).toMatchObject({ Code: 'Success', Type: 'AWS-HMAC' });
    const caller = await sh(
      `curl -s --aws-sigv4 aws:amz:us-east-1:sts --user '${keys['AccessKeyId']}:${keys['SecretAccessKey']}' ` +
        `-H 'x-amz-security-token: ${keys['Token']}' $AWS_ENDPOINT_URL ` +
        `-d 'Action=GetCallerIdentity&Version=2011-06-15'`,
    );
    expect(caller).toContain(`assumed-role/${HOST_ROLE}/${machine(plan, 11).instanceId}`);
  });

  it('does not reach a container, but one on the host network', async () => {
    const ask = (network: string) =>
      sh(
        `(printf 'PUT /latest/api/token HTTP/1.0\\r\\nX-aws-ec2-metadata-token-ttl-seconds: 60\\r\\n\\r\\n'; sleep 2) | ` +
          `docker run -i --rm --network ${network} metal-test-tool timeout 5 nc -w 3 169.254.169.254 80 || echo none`,
      );
    const folder = mkdtempSync(join(tmpdir(), 'berth-metal-'));
    mkdirSync(join(folder, 'bin'));
    copyFileSync('/bin/busybox', join(folder, 'bin/busybox'));
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM scratch\nCOPY bin/busybox /bin/busybox\nCOPY bin/busybox /bin/nc\nCOPY bin/busybox /bin/timeout\n',
    );
    const env = { ...process.env, DOCKER_BUILDKIT: '0' };
    await cloud.engine.use(() => run('docker', ['build', '-q', '-t', 'metal-test-tool', folder], { env }));
    rmSync(folder, { recursive: true });
    try {
      expect(await ask('bridge')).toBe('none\n'); // the image comes by its own name, from this machine's engine
      expect(await ask('host')).toContain('200 OK');
    } finally {
      await cloud.engine.use((docker) => docker('rmi', 'metal-test-tool'));
    }
  }, 120_000);
});

describe('a power cut', () => {
  it('ends everything on the host at once; the next boot finds its disk as it was', async () => {
    const second = machine(plan, 12, '#!/bin/sh\necho once >>/root/count\n');
    const before = await cloud.metal.boot(second);
    await eventually(
      'the user data',
      async () => (await sh('cat /root/count', before).catch(() => '')) !== '',
    );
    const group = `${plan.cgroup}/${second.instanceId}`;
    expect(processesIn(group).length).toBeGreaterThan(3); // init, dockerd, containerd, …
    const exited = new Promise<string>((resolve) => cloud.metal.onExit(resolve));
    process.kill(before.initPid, 'SIGKILL');
    expect(await exited).toBe(second.instanceId);
    expect(processesIn(group)).toEqual([]);
    expect(identify(before.initPid)).toBeUndefined();
    expect(cloud.metal.list().map((each) => each.instanceId)).toEqual([machine(plan, 11).instanceId]);
    const after = await cloud.metal.boot(second);
    expect(await sh('cat /root/count', after)).toBe('once\n');
    await cloud.metal.terminate(second.instanceId);
    await cloud.metal.terminate(second.instanceId); // twice is no error
    expect(cloud.metal.list()).toHaveLength(1);
  }, 120_000);
});

describe('clean-up', () => {
  it('removes all that a cloud left whose process was killed', async () => {
    const killed = await claimFreeIndex('metal-kill', PROJECT);
    release(killed); // the child claims it
    const program = join(import.meta.dirname, '../support/small-cloud.ts');
    const child = spawn(process.execPath, [program, killed.name, String(killed.index), PROJECT], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const initPid = await new Promise<number>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => resolve(Number(/ready (\d+)/.exec(chunk.toString())?.[1])));
      child.once('exit', (code) => reject(new Error(`the small cloud ended with ${String(code)}`)));
    });
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(identify(initPid)).toBeDefined(); // hosts outlive it
    const left = await tracesOf(killed);
    const filtering = isFiltering(await run('iptables-save', ['-t', 'filter'])); // else no rule is made
    for (const kind of [
      'netns',
      'links',
      'mounts',
      ...(filtering ? (['firewall'] as const) : []),
      'cgroups',
      'listening',
      'files',
      'processes',
    ] as const)
      expect([kind, left[kind]?.length]).not.toEqual([kind, 0]);

    expect(claim(killed)).toEqual(killed); // whoever comes next is told what to clean up
    await cleanUp(killed);
    await cleanUp(killed); // twice is no error
    expect(await tracesOf(killed)).toEqual(NOTHING);
    expect(identify(initPid)).toBeUndefined();
    release(killed);
    expect((await tracesOf(plan)).netns?.length).toBeGreaterThan(0); // the other cloud is still whole
    await sh('true');
  }, 240_000);
});

/** What containers of a manifest really get from a real engine, seen from inside them, and what they cannot reach. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerEngine } from '../../agent/docker/docker-engine.ts';
import { createOptions } from '../../agent/docker/create-options.ts';
import { createMetadataBlock, type Run } from '../../agent/host/metadata-block.ts';
import type { Assignment, ContainerSpec } from '../../contract/agent-protocol.ts';
import { assignment, spec } from '../support/container-spec.ts';
import { eventually } from '../support/eventually.ts';
import { startRealDocker, type RealDocker } from '../support/real-docker.ts';

const MIB = 1024 * 1024;
const METADATA = '169.254.169.254';
let docker: RealDocker;
let count = 0;

beforeAll(async () => {
  docker = await startRealDocker();
}, 60_000);
afterAll(() => docker.remove(), 60_000);

/** Starts a script as a container of Berth. */
async function launch(
  script: string,
  changes: Partial<ContainerSpec> = {},
  of: Partial<Assignment> = {},
): Promise<string> {
  const engine = createDockerEngine({ socketPath: docker.socketPath, cluster: 'test' });
  const place = { cluster: 'test', host: 'h-test0001', cpus: 2 };
  const container = spec({ entrypoint: ['/bin/sh', '-c'], command: [script], ...changes });
  const id = await engine.create(
    `berth-options-${++count}`,
    createOptions(assignment(1, of), container, place),
  );
  await engine.start(id);
  return id;
}

/** Runs it to its end and returns what it wrote. */
async function output(script: string, changes: Partial<ContainerSpec> = {}): Promise<string> {
  const id = await launch(script, changes);
  const ended = async (): Promise<boolean> => {
    const { body } = await docker.api('GET', `/containers/${id}/json`);
    return (body as { State: { Status: string } }).State.Status === 'exited';
  };
  await eventually(ended, { what: 'the end', withinMs: 20_000 });
  const { body } = await docker.api('GET', `/containers/${id}/logs?stdout=1&stderr=1`);
  await docker.api('DELETE', `/containers/${id}`);
  return withoutHeads(String(body));
}

/** Without a terminal Docker gives each piece a head: the stream's number, three zeros, and four bytes of length. */
function withoutHeads(text: string): string {
  return ['\u0001', '\u0002'].reduce(
    (rest, stream) =>
      rest
        .split(`${stream}\0\0\0`)
        .map((piece, index) => (index === 0 ? piece : piece.slice(4)))
        .join(''),
    text,
  );
}

/** Bits of capabilities(7) that a container has. */
const capabilities = async (changes: Partial<ContainerSpec> = {}): Promise<bigint> =>
  BigInt(`0x${/CapEff:\s+([0-9a-f]+)/.exec(await output('cat /proc/self/status', changes))?.[1] ?? ''}`);
const CAP = { CHOWN: 0n, NET_BIND_SERVICE: 10n, NET_RAW: 13n, SYS_ADMIN: 21n, SYS_TIME: 25n } as const;
const has = (set: bigint, capability: keyof typeof CAP): boolean => (set >> CAP[capability]) % 2n === 1n;

describe('a container', () => {
  it('has Docker’s capabilities without NET_RAW, and what the file adds and drops', async () => {
    const plain = await capabilities();
    expect([
      has(plain, 'CHOWN'),
      has(plain, 'NET_RAW'),
      has(plain, 'SYS_ADMIN'),
      has(plain, 'SYS_TIME'),
    ]).toEqual([true, false, false, false]);
    const changed = await capabilities({ capAdd: ['CAP_SYS_TIME'], capDrop: ['CHOWN'] });
    expect([has(changed, 'SYS_TIME'), has(changed, 'CHOWN'), has(changed, 'NET_RAW')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(await capabilities({ capDrop: ['ALL'], capAdd: ['NET_BIND_SERVICE'] })).toBe(
      1n << CAP.NET_BIND_SERVICE,
    );
    expect(has(await capabilities({ capAdd: ['NET_RAW'] }), 'NET_RAW')).toBe(true);
  }, 60_000);

  it('gains no privileges, and shares no namespace with its host', async () => {
    expect(await output('cat /proc/self/status')).toMatch(/NoNewPrivs:\s+1/);
    const inside = await output('ls -l /proc/self/ns');
    for (const kind of ['net', 'pid', 'mnt', 'ipc', 'uts', 'cgroup']) {
      const own = new RegExp(`${kind}:\\[(\\d+)\\]`).exec(inside)?.[1];
      const outside = docker.inNetwork('readlink', `/proc/self/ns/${kind}`);
      expect(own).toMatch(/^\d+$/);
      expect(outside).not.toContain(own);
    }
    expect(await output('ls /var/run/docker.sock')).toContain('No such file');
  }, 60_000);

  it('has the limits of its spec', async () => {
    const id = (
      await docker.api('POST', '/containers/create?name=limits', {
        ...createOptions(
          assignment(1),
          spec({
            command: ['sleep', '100'],
            limitMemoryBytes: 64 * MIB,
            reservedMemoryBytes: 32 * MIB,
            limitCpuMillis: 500,
            reservedCpuMillis: 250,
            limitPids: 33,
          }),
          { cluster: 'test', host: 'h-test0001', cpus: 2 },
        ),
      })
    ).body as { Id: string };
    await docker.api('POST', `/containers/${id.Id}/start`);
    const pid = ((await docker.api('GET', `/containers/${id.Id}/json`)).body as { State: { Pid: number } })
      .State.Pid;
    expect(pid).toBeGreaterThan(0);
    const group = (controller: string, ...files: string[]): string =>
      execFileSync(
        'sh',
        [
          '-c',
          `cd /sys/fs/cgroup; cat $(find . -path '*${id.Id}*' \\( ${files.map((file) => `-path '*${controller}*/${file}'`).join(' -o ')} \\))`,
        ],
        {
          encoding: 'utf8',
        },
      ).trim();
    expect(group('memory', 'memory.limit_in_bytes', 'memory.max')).toBe(String(64 * MIB));
    expect(group('pids', 'pids.max')).toBe('33');
    expect(group('cpu', 'cpu.cfs_quota_us', 'cpu.max')).toMatch(/^50000/);
    await docker.api('DELETE', `/containers/${id.Id}?force=1`);
  }, 60_000);

  it('has a root, user, folder, environment, tmpfs and init as said', async () => {
    const script =
      'exec 2>&1; id -u; pwd; echo $BERTH_REPLICA $OWN; touch /x; touch /scratch/y && echo wrote; cat /proc/1/cmdline';
    const said = await output(script, {
      user: '1234:1234',
      workingDir: '/bin',
      readOnly: true,
      tmpfs: { '/scratch': 'mode=1777' },
      environment: { OWN: 'mine' },
      init: true,
    });
    expect(said).toContain('1234\n/bin\nweb-1 mine\n');
    expect(said).toContain('Read-only file system');
    expect(said).toContain('wrote');
    expect(said).toContain('docker-init');
  }, 60_000);

  it('answers at its host port', async () => {
    const ports = [{ name: 'http', container: 8080, protocol: 'tcp' as const, host: 20_808 }];
    const id = await launch('echo hello >/tmp/page; httpd -f -p 8080 -h /tmp', {}, { ports });
    const page = await eventually(() => fetchText(`http://${docker.address}:20808/page`));
    expect(page).toBe('hello\n');
    await docker.api('DELETE', `/containers/${id}?force=1`);
  }, 60_000);
});

describe('the metadata address', () => {
  it('answers the host and, once blocked, no container; asking twice makes no second rule', async () => {
    const service = startMetadataService();
    try {
      const fromHost = (): string =>
        docker.inNetwork('sh', '-c', `curl -s -m 2 http://${METADATA}/keys || true`);
      const ask = `printf 'GET /keys HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${METADATA} 80; echo done`;
      await eventually(() => fromHost().includes('the-keys'), { what: 'the metadata service' });
      expect(await output(ask)).toContain('the-keys'); // so the block is what makes the difference
      const block = createMetadataBlock(runInside, ['docker+', 'br-+']);
      await block.ensure();
      await block.ensure();
      expect(await output(ask)).not.toContain('the-keys');
      expect(fromHost()).toContain('the-keys');
      const rules = docker.inNetwork('iptables', '-t', 'raw', '-S', 'PREROUTING').split('\n');
      expect(rules.filter((rule) => rule.includes(METADATA))).toHaveLength(2);
    } finally {
      service.stop();
    }
  }, 60_000);
});

describe('another container', () => {
  it('is reached directly until they are kept apart; at its published port it answers on', async () => {
    const port = 20_809;
    const ports = [{ name: 'http', container: 8080, protocol: 'tcp' as const, host: port }];
    const id = await launch('echo hello >/tmp/page; httpd -f -p 8080 -h /tmp', {}, { ports });
    await eventually(() => fetchText(`http://${docker.address}:${String(port)}/page`));
    const { body } = await docker.api('GET', `/containers/${id}/json`);
    const { IPAddress } = (body as { NetworkSettings: { IPAddress: string } }).NetworkSettings;
    const ask = (address: string, at: number): string =>
      `printf 'GET /page HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${address} ${String(at)}; echo done`;
    const unload = (): string => docker.inNetwork('iptables', '-t', 'mangle', '-F', 'FORWARD');
    unload();
    expect(await output(ask(IPAddress, 8080))).toContain('hello'); // so the rule is what makes the difference
    await createMetadataBlock(runInside, ['docker+', 'br-+']).ensure();
    expect(await output(ask(IPAddress, 8080))).not.toContain('hello');
    expect(docker.inNetwork('curl', '-s', '-m', '2', `http://${IPAddress}:8080/page`)).toContain('hello');
    expect(await output(ask(docker.address, port))).toContain('hello');
    await docker.api('DELETE', `/containers/${id}?force=1`);
  }, 60_000);
});

async function fetchText(url: string): Promise<string | undefined> {
  const reply = await fetch(url).catch(() => undefined);
  return reply?.ok === true ? reply.text() : undefined;
}

const runInside: Run = (command, args) => {
  try {
    return Promise.resolve({ code: 0, stdout: docker.inNetwork(command, ...args), stderr: '' });
  } catch (error) {
    return Promise.resolve({ code: (error as { status: number }).status, stdout: '', stderr: String(error) });
  }
};

/** A metadata service beyond the engine's network, on a link of its own, as on EC2. */
function startMetadataService(): { stop(): void } {
  const far = `${docker.netns}m`;
  const folder = mkdtempSync(join(tmpdir(), 'berth-metadata-'));
  writeFileSync(join(folder, 'keys'), 'the-keys\n');
  const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
  ip('netns', 'add', far);
  ip('link', 'add', 'm0', 'netns', docker.netns, 'type', 'veth', 'peer', 'name', 'm1', 'netns', far);
  ip('-n', docker.netns, 'addr', 'add', '10.254.0.1/24', 'dev', 'm0');
  ip('-n', docker.netns, 'link', 'set', 'm0', 'up');
  ip('-n', docker.netns, 'route', 'add', METADATA, 'dev', 'm0');
  ip('-n', far, 'addr', 'add', `${METADATA}/32`, 'dev', 'm1');
  ip('-n', far, 'link', 'set', 'm1', 'up');
  ip('-n', far, 'route', 'add', '10.254.0.0/24', 'dev', 'm1');
  const httpd = ['busybox', 'httpd', '-f', '-p', `${METADATA}:80`, '-h', folder];
  const server = spawn('nsenter', [`--net=/run/netns/${far}`, ...httpd], { stdio: 'ignore' });
  return {
    stop: () => {
      server.kill('SIGKILL');
      ip('netns', 'delete', far);
      rmSync(folder, { recursive: true });
    },
  };
}

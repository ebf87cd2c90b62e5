/** The host: its Docker, its ports and those of other hosts, its files and its kernel's doors. */
import { expect, it } from '@jest/globals';
import { HOST_PORTS, WITNESS_PORT } from '../../../../contract/agent-protocol.ts';
import type { HostWhereabouts } from '../../../../local/whereabouts.ts';
import { docker, sh } from '../../support/hosts.ts';
import { knock, perl, shell } from '../../support/knock.ts';
import { tell } from '../../support/tell.ts';
import type { Scene } from './scene.ts';

const PING = 'GET /_ping HTTP/1.0\r\n\r\n';
const DOCKER_PORTS = [2375, 2376, 2377];
const SECRET = '/root/berth-secret-of-the-host';

/** What a container's kernel refuses, and the same on the host: `open` is what it says there. */
interface Door {
  readonly what: string;
  readonly script: string;
  readonly shut: RegExp;
  readonly open: RegExp;
}

const DOORS: readonly Door[] = [
  {
    what: 'have a program of its own run by the kernel at every crash',
    script:
      'c=$(cat /proc/sys/kernel/core_pattern); echo "$c" >/proc/sys/kernel/core_pattern && echo written',
    shut: /Read-only file system/,
    open: /^written$/m,
  },
  {
    what: 'mount anything',
    script: 'mkdir -p /tmp/m; mount -t tmpfs none /tmp/m && umount /tmp/m && echo mounted',
    shut: /permission denied|Operation not permitted/,
    open: /^mounted$/m,
  },
  {
    what: 'make namespaces in which it would be root again',
    script: 'unshare -m true && echo unshared',
    shut: /Operation not permitted/,
    open: /^unshared$/m,
  },
  {
    what: 'see any process but its own',
    script: 'cat /proc/[0-9]*/cmdline | tr "\\0" " "; echo',
    shut: /^(?!.*dockerd).*\/bin\/start/,
    open: /dockerd/,
  },
  {
    what: 'enter the control groups of others',
    script:
      'grep " /sys/fs/cgroup/[a-z]* cgroup .*rw,\\| /sys/fs/cgroup cgroup2 rw" /proc/mounts || echo none',
    shut: /^none$/m,
    open: /cgroup/,
  },
];

export function hostTries(here: () => Scene): void {
  it('finds no Docker socket, neither as a file nor as a port', async () => {
    const { host, other, villain } = here();
    expect(await knock(host, '/var/run/docker.sock', 'unix', PING)).toMatch(/^connected\nHTTP\/1.0 200 OK/);
    for (const path of ['/var/run/docker.sock', '/run/docker.sock', '/proc/1/root/run/docker.sock'])
      expect(await knock(villain, path, 'unix', PING)).toMatch(/^no connection: No such file/);
    const sockets = await shell(villain, 'find / -path /proc -prune -o -type s -print');
    expect(sockets).toBe('/run/berth/health.sock\n'); // its own
    const addresses = [await gatewayOf(villain), host.address, other.address];
    const tries = addresses.flatMap((to) => DOCKER_PORTS.map((port) => knock(villain, to, port)));
    for (const said of await Promise.all(tries)) expect(said).toMatch(/^no /);
  }, 120_000);

  it('reaches no port of its host or of another but those of replicas: no agent, no witness', async () => {
    const { host, other, villain } = here();
    const look = async (target: HostWhereabouts, addresses: readonly string[]): Promise<void> => {
      const ports = await listening(target);
      const published = ports.filter((port) => port >= HOST_PORTS.first && port <= HOST_PORTS.last);
      for (const to of addresses) {
        const open = await openOf(villain, to, ports);
        expect(open.length).toBeGreaterThan(0); // so it can knock
        expect(open.filter((port) => !published.includes(port))).toEqual([]);
      }
      expect(await openOf(host, target.address, ports)).toContain(WITNESS_PORT); // other hosts do reach it
      tell(`${target.id} listens on ${ports.join(', ')}; open to containers: ${published.join(', ')}`);
    };
    await Promise.all([look(host, [host.address, await gatewayOf(villain)]), look(other, [other.address])]);
  }, 120_000);

  it('reaches its neighbour at the port that it publishes, and at no other', async () => {
    const { host, villain, victim, victimTask } = here();
    const format = '{{.NetworkSettings.Networks.bridge.IPAddress}}';
    const address = (await docker(host, 'inspect', '--format', format, victim.id)).trim();
    const ask = 'GET / HTTP/1.0\r\n\r\n';
    expect(await knock(host, address, 8080, ask)).toMatch(/^connected\nHTTP\/1/);
    expect(await knock(villain, host.address, victimTask.ports[0]!.host, ask)).toMatch(/^connected\nHTTP\/1/);
    expect(await knock(villain, address, 8080, ask)).toBe('no answer');
  }, 60_000);

  it('opens no raw socket, to pose as another container or host', async () => {
    const { host, villain } = here();
    const raw = 'use Socket; print socket(my $s, AF_INET, SOCK_RAW, 1) ? "opened" : "refused: $!"';
    expect(await perl(host, raw)).toBe('opened');
    expect(await perl(villain, raw)).toBe('refused: Operation not permitted');
  }, 60_000);

  it('finds no file of its host, and no way out through /proc', async () => {
    const { host, villain } = here();
    await sh(host, `umask 077; echo top-secret >${SECRET}`);
    const look = `cat ${SECRET} /proc/1/root${SECRET} /proc/self/root/../../../..${SECRET} /proc/1/cwd/../../..${SECRET}`;
    expect(await shell(host, look)).toContain('top-secret');
    expect(await shell(villain, look)).not.toContain('top-secret');
    for (const path of ['/etc/berth', '/var/lib/berth', '/var/lib/docker', '/opt/berth']) {
      expect(await shell(host, `ls -d ${path}`)).toBe(`${path}\n`);
      expect(await shell(villain, `ls -d ${path}`)).toMatch(/No such file/);
    }
  }, 60_000);

  it('opens no device but those that lead nowhere', async () => {
    const { host, villain } = here();
    const read = (path: string, kind: string) =>
      `rm -f ${path}; mknod ${path} ${kind} && head -c 1 ${path} | wc -c`;
    expect(await shell(villain, read('/tmp/zero', 'c 1 5'))).toMatch(/^1$/m); // a device that is allowed
    const disk = await sh(host, `stat -c '%Hd %Ld' / | head -1`);
    for (const kind of ['c 1 1', 'c 1 11', 'c 10 232', `b ${disk.trim()}`])
      expect(await shell(villain, read('/tmp/forbidden', kind))).toMatch(/Operation not permitted/);
  }, 60_000);

  it.each(DOORS)(
    'cannot $what',
    async ({ script, shut, open }) => {
      const { host, villain } = here();
      expect(await inMounts(host, script)).toMatch(open);
      const said = await shell(villain, script);
      expect(said).toMatch(shut);
      expect(said).not.toMatch(open);
    },
    30_000,
  );
}

/** On the host, in mounts of the script's own: whatever it mounts is gone afterwards. */
const inMounts = (host: HostWhereabouts, script: string): Promise<string> =>
  shell(host, `unshare -m sh -c '${script.replaceAll("'", `'\\''`)}'`);

/** The host as a container of it sees it: its end of the bridge. */
async function gatewayOf({ host, id }: Scene['villain']): Promise<string> {
  const format = '{{.NetworkSettings.Networks.bridge.Gateway}}';
  return (await docker(host, 'inspect', '--format', format, id)).trim();
}

/** TCP ports on which a host listens beyond its own loopback. */
async function listening(host: HostWhereabouts): Promise<readonly number[]> {
  const lines = (await sh(host, 'ss -Hltn')).trim().split('\n');
  const locals = lines.map((line) => line.trim().split(/\s+/)[3] ?? '');
  const beyond = locals.filter((local) => !/^(127\.|\[::1\])/.test(local));
  const ports = beyond.map((local) => Number(local.split(':').at(-1)));
  return [...new Set(ports)].sort((a, b) => a - b);
}

async function openOf(from: Scene['villain'] | HostWhereabouts, to: string, ports: readonly number[]) {
  const said = await Promise.all(ports.map((port) => knock(from, to, port, 'GET / HTTP/1.0\r\n\r\n')));
  return ports.filter((_, index) => said[index]!.startsWith('connected'));
}

import { describe, expect, it } from '@jest/globals';
import { readGroupLimits } from '../../../agent/host/control-groups.ts';
import { createHostFacts } from '../../../agent/host/host-facts.ts';
import { busyPercent, readCpuTimes, readMemory } from '../../../agent/host/proc-stat.ts';
import { createMetadataBlock, runProgram, type Run } from '../../../agent/host/metadata-block.ts';

const reading =
  (files: Record<string, string>) =>
  (path: string): Promise<string | undefined> =>
    Promise.resolve(files[path]);

describe('limits of the host’s control group', () => {
  const v1 = {
    '/proc/self/cgroup':
      '5:memory:/berth/c1/i-1\n4:cpu,cpuacct:/berth/c1/i-1\n3:pids:/berth/c1/i-1\n1:name=systemd:/\n',
    '/proc/self/mountinfo': [
      '30 20 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
      '31 20 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct',
      '32 20 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
    ].join('\n'),
    '/sys/fs/cgroup/memory/berth/c1/i-1/memory.limit_in_bytes': '2147483648\n',
    '/sys/fs/cgroup/memory/berth/c1/memory.limit_in_bytes': '9223372036854771712\n',
    '/sys/fs/cgroup/cpu/berth/c1/i-1/cpu.cfs_quota_us': '150000\n',
    '/sys/fs/cgroup/cpu/berth/c1/i-1/cpu.cfs_period_us': '100000\n',
    '/sys/fs/cgroup/cpu/berth/c1/cpu.cfs_quota_us': '-1\n',
    '/sys/fs/cgroup/cpu/berth/c1/cpu.cfs_period_us': '100000\n',
    '/sys/fs/cgroup/pids/berth/c1/i-1/pids.max': '4096\n',
    '/sys/fs/cgroup/pids/berth/c1/pids.max': 'max\n',
  };
  const v2 = (group: string): Record<string, string> => ({
    '/proc/self/cgroup': `0::${group}\n`,
    '/proc/self/mountinfo': '30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw,nsdelegate\n',
  });

  it('are read on v1', async () => {
    expect(await readGroupLimits(reading(v1))).toEqual({ cpuMillis: 1500, memoryBytes: 2 ** 31, pids: 4096 });
  });

  it('are read on v2, the least on the way up', async () => {
    const files = {
      ...v2('/berth/c1/i-1/init'),
      '/sys/fs/cgroup/berth/c1/i-1/init/memory.max': 'max\n',
      '/sys/fs/cgroup/berth/c1/i-1/memory.max': '2147483648\n',
      '/sys/fs/cgroup/berth/c1/i-1/cpu.max': '200000 100000\n',
      '/sys/fs/cgroup/berth/c1/i-1/pids.max': '4096\n',
      '/sys/fs/cgroup/berth/memory.max': '1073741824\n',
    };
    expect(await readGroupLimits(reading(files))).toEqual({
      cpuMillis: 2000,
      memoryBytes: 2 ** 30,
      pids: 4096,
    });
  });

  it('are not those of the agent’s own service', async () => {
    const files = {
      ...v2('/system.slice/berth-agent.service'),
      '/sys/fs/cgroup/system.slice/berth-agent.service/memory.max': '268435456\n',
      '/sys/fs/cgroup/system.slice/memory.max': 'max\n',
    };
    expect(await readGroupLimits(reading(files))).toEqual({});
  });

  it('are none where there are no groups', async () => {
    expect(await readGroupLimits(reading({}))).toEqual({});
  });
});

describe('usage', () => {
  it('is read from the kernel’s files', () => {
    const before = readCpuTimes('cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3\n');
    const after = readCpuTimes('cpu  200 0 150 800 150 0 0 0 50 0\n');
    expect(before).toEqual({ idle: 800, total: 1000 });
    expect(busyPercent(before, after)).toBe(50);
    expect(busyPercent(after, after)).toBe(0);
    expect(readMemory('MemTotal:  2000 kB\nMemFree: 1 kB\nMemAvailable:   500 kB\n')).toEqual({
      totalBytes: 2_048_000,
      availableBytes: 512_000,
    });
  });

  it('and capacity of this machine make sense', async () => {
    const facts = createHostFacts();
    const capacity = await facts.capacity('/');
    expect(capacity.cpuMillis).toBeGreaterThanOrEqual(100);
    expect(capacity.memoryBytes).toBeGreaterThan(2 ** 24);
    expect(capacity.pids).toBeGreaterThan(100);
    const { cpuPercent, memoryPercent, diskPercent } = await facts.usage('/');
    for (const each of [cpuPercent, memoryPercent, diskPercent]) expect(each).toBeGreaterThanOrEqual(0);
    for (const each of [cpuPercent, memoryPercent, diskPercent]) expect(each).toBeLessThanOrEqual(100);
    expect(await facts.bootId()).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the block of the metadata address', () => {
  /** Firewalls in memory: rules by command. */
  function firewall(
    missing: readonly string[] = [],
    refuses = false,
  ): { run: Run; rules: string[]; calls: string[] } {
    const rules: string[] = [];
    const calls: string[] = [];
    const said = (code: number, stdout = '') => Promise.resolve({ code, stdout, stderr: '' });
    const run: Run = (command, args) => {
      calls.push(`${command} ${args.join(' ')}`);
      if (command === 'modprobe' || command === 'sysctl') return said(0);
      if (missing.includes(command)) return Promise.reject(new Error(`${command} cannot be run (ENOENT)`));
      const rule = `${command} ${args.slice(5).join(' ')}`;
      if (args.includes('-S')) return said(0, rules.filter((one) => one.startsWith(command)).join('\n'));
      if (args.includes('-C')) return said(rules.includes(rule) ? 0 : 1);
      if (refuses) return Promise.resolve({ code: 4, stdout: '', stderr: 'Permission denied' });
      if (args.includes('-I')) rules.push(rule);
      return said(0);
    };
    return { run, rules, calls };
  }

  it('is there once, however often it is asked for', async () => {
    const { run, rules } = firewall();
    const block = createMetadataBlock(run, ['docker+', 'br-+']);
    await block.ensure();
    await block.ensure();
    expect(rules).toEqual([
      'iptables PREROUTING -i docker+ -d 169.254.169.254/32 -j DROP',
      'iptables PREROUTING -i docker+ -p tcp --dport 19990 -j DROP',
      'iptables PREROUTING -i br-+ -d 169.254.169.254/32 -j DROP',
      'iptables PREROUTING -i br-+ -p tcp --dport 19990 -j DROP',
      'iptables FORWARD -i docker0 -o docker0 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
      'ip6tables PREROUTING -i docker+ -d fd00:ec2::254/128 -j DROP',
      'ip6tables PREROUTING -i br-+ -d fd00:ec2::254/128 -j DROP',
      'ip6tables FORWARD -i docker0 -o docker0 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    ]);
  });

  it('is looked for with four programs while nothing has changed', async () => {
    const { run, calls } = firewall();
    const block = createMetadataBlock(run, ['docker+', 'br-+']);
    await block.ensure();
    calls.length = 0;
    await block.ensure();
    expect(calls).toHaveLength(4);
    expect(calls.every((call) => call.includes(' -S '))).toBe(true);
  });

  it('comes back after the firewall was reloaded', async () => {
    const { run, rules } = firewall();
    const block = createMetadataBlock(run, ['docker+']);
    await block.ensure();
    rules.length = 0;
    await block.ensure();
    expect(rules).toHaveLength(5);
  });

  it('does without IPv6 where there is none, and fails without iptables', async () => {
    const { run, rules } = firewall(['ip6tables']);
    await createMetadataBlock(run, ['docker+']).ensure();
    expect(rules).toHaveLength(3);
    await expect(createMetadataBlock(firewall(['iptables']).run, ['docker+']).ensure()).rejects.toThrow(
      'iptables',
    );
    await expect(createMetadataBlock(firewall([], true).run, ['docker+']).ensure()).rejects.toThrow(
      'Permission denied',
    );
  });

  it('is made by programs that are run', async () => {
    expect(await runProgram('sh', ['-c', 'echo yes; echo no >&2; exit 3'])).toEqual({
      code: 3,
      stdout: 'yes\n',
      stderr: 'no\n',
    });
    await expect(runProgram('no-such-program', [])).rejects.toThrow('ENOENT');
  });
});

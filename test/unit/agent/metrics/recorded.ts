/** Files of a container as kernels of both forms of control groups show them, by path; the numbers are our own. */
export const ID = 'c0ffee'.repeat(10) + 'beef';

type Driver = 'cgroupfs' | 'systemd';
const groupOf = (driver: Driver): string =>
  driver === 'cgroupfs' ? `/docker/${ID}` : `/system.slice/docker-${ID}.scope`;

export const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  999999     100    0    0    0     0          0         0   999999     100    0    0    0     0       0          0
  eth0:    1042      13    0    0    0     0          0         0      736       8    0    0    0     0       0          0
  eth1:10           1    0    0    0     0          0         0       20       8    0    0    0     0       0          0
`;

/** Kernel 4.14, Docker 20.10: `cpu` and `cpuacct` share a hierarchy. */
export function V1(driver: Driver): Record<string, string> {
  const group = groupOf(driver);
  return {
    '/proc/4711/cgroup': ['11:cpuset', '10:pids', '9:blkio', '8:memory', '7:cpu,cpuacct', '1:name=systemd']
      .map((line) => `${line}:${group}\n`)
      .join(''),
    '/proc/self/mountinfo': [
      '25 18 0:21 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755',
      '26 25 0:22 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
      '29 25 0:25 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio',
      '30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
      '31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
    ].join('\n'),
    [`/sys/fs/cgroup/cpu,cpuacct${group}/cpuacct.usage`]: '12345678901\n',
    [`/sys/fs/cgroup/memory${group}/memory.usage_in_bytes`]: '52428800\n',
    [`/sys/fs/cgroup/memory${group}/memory.stat`]:
      'cache 20971520\nrss 31457280\ninactive_file 1\nactive_file 2\ntotal_cache 20971520\ntotal_inactive_file 10485760\ntotal_active_file 2\n',
    [`/sys/fs/cgroup/blkio${group}/blkio.throttle.io_service_bytes`]:
      '259:0 Read 4096\n259:0 Write 8192\n259:0 Sync 12288\n259:0 Async 0\n259:0 Total 12288\n253:1 Read 100\n253:1 Write 0\nTotal 12388\n',
  };
}

/** Kernel 6.1. */
export function V2(driver: Driver): Record<string, string> {
  const group = groupOf(driver);
  const folder = `/sys/fs/cgroup${group}`;
  return {
    '/proc/4711/cgroup': `0::${group}\n`,
    '/proc/self/mountinfo':
      '24 18 0:21 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n',
    [`${folder}/cpu.stat`]: 'usage_usec 2500500\nuser_usec 2000000\nsystem_usec 500500\nnr_periods 0\n',
    [`${folder}/memory.current`]: '41943040\n',
    [`${folder}/memory.stat`]:
      'anon 31457280\nfile 10485760\ninactive_anon 7\ninactive_file 1048576\nactive_file 3\n',
    [`${folder}/io.stat`]:
      '259:0 rbytes=1000000 wbytes=2000000 rios=10 wios=20 dbytes=0 dios=0\n253:0 rbytes=5 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n',
    [`${folder}/cpu.pressure`]:
      'some avg10=1.50 avg60=0.50 avg300=0.10 total=1234567\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n',
    [`${folder}/memory.pressure`]:
      'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
  };
}

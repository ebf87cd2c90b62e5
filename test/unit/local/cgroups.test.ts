import { describe, expect, it } from '@jest/globals';
import { limitFiles, readHierarchies } from '../../../local/cgroups.ts';

const V1 = `36 35 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:10 - cgroup cgroup rw,cpu,cpuacct
37 35 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
38 35 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
39 35 0:32 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer
40 35 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
41 24 254:0 / / rw,relatime - ext4 /dev/vda rw`;
const V2 =
  '35 24 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot';

describe('control groups', () => {
  it('uses the hierarchies of version 1 where a controller lies there, and knows all of them', () => {
    const found = readHierarchies(V1);
    expect(found.version).toBe(1);
    expect(found.limits).toEqual([
      '/sys/fs/cgroup/cpu,cpuacct',
      '/sys/fs/cgroup/memory',
      '/sys/fs/cgroup/pids',
    ]);
    expect(found.all).toHaveLength(5);
  });

  it('uses version 2 where it is alone', () => {
    expect(readHierarchies(V2)).toEqual({ version: 2, limits: ['/sys/fs/cgroup'], all: ['/sys/fs/cgroup'] });
  });

  it('writes the same limits in the words of each version', () => {
    const limits = { cpuMillis: 1500, memoryBytes: 2 ** 31 };
    expect(limitFiles(1, limits)).toMatchObject({
      'cpu.cfs_quota_us': '150000',
      'cpu.cfs_period_us': '100000',
      'memory.limit_in_bytes': '2147483648',
      'pids.max': '16384',
    });
    expect(limitFiles(2, limits)).toMatchObject({
      'cpu.max': '150000 100000',
      'memory.max': '2147483648',
      'pids.max': '16384',
    });
  });
});

/** What the cluster must know of the one machine that it runs on: cluster data, not code. */
import type { ClusterSettings } from '../contract/http-api.ts';

/** The pool's type has the machine's own architecture: hosts run this machine's images. */
const TYPES = { x64: ['t3.small', 'x86_64'], arm64: ['t4g.small', 'arm64'] } as const;

/** Enough for any example; each host is a Docker Engine of about 75 MB and what runs on it. */
const HOSTS_MAX = 8;

/** Agents poll each second here (15 s on AWS): waiting costs nothing on one machine. */
const POLL_MS = 1000;

/** Hosts stay while somebody tries things out: on one machine an idle one costs 75 MB, and a new one some seconds. */
const SURPLUS_AFTER_MS = 3_600_000;

/** @throws Error on a processor that EC2 has no instance for. */
export function machineSettings(arch: string = process.arch): Partial<ClusterSettings> {
  if (arch !== 'x64' && arch !== 'arm64') throw new Error(`EC2 has no instances of this processor: ${arch}`);
  const [instanceType, architecture] = TYPES[arch];
  return {
    pool: { instanceType, architecture, hostsMax: HOSTS_MAX },
    pollMs: POLL_MS,
    surplusAfterMs: SURPLUS_AFTER_MS,
    outdatedHosts: 'keep',
  };
}

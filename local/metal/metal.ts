/**
 * Metal: what stands behind an EC2 instance of the local cloud.
 *
 * Job: a `Machine` (what EC2 decided: size, address, user data) becomes a host, that is, namespaces with a root
 *   view, an address, a Docker Engine and resource limits of its own, booted by running the user data.
 * In: `Machine`s from local/ec2. Out: hosts, and a word when one ended.
 * Fails: `boot` rejects when the namespaces or the host's Docker Engine did not come up (the message names the step
 *   and the log); what happens in the user data afterwards is the host's own affair, as on EC2.
 */

/** One host to boot, with everything that EC2 knows about it. */
export interface Machine {
  /** `i-` and 17 hexadecimal digits. */
  readonly instanceId: string;
  /** For example `t3.small`; a label only, the limits are `cpuMillis` and `memoryBytes`. */
  readonly instanceType: string;
  readonly architecture: 'x86_64' | 'arm64';
  /** A free IPv4 address of the cloud's bridge subnet, `10.77.<i>.11` upward. */
  readonly address: string;
  /** Full host name, for example `ip-10-77-0-11.ec2.internal`. */
  readonly hostname: string;
  /** Decoded text of the user data: a shell script starting with `#!`, or empty. */
  readonly userData: string;
  /** Thousandths of a virtual CPU; becomes a real limit. */
  readonly cpuMillis: number;
  /** Bytes of memory; becomes a real limit. */
  readonly memoryBytes: number;
}

/** A host that is up. `initPid` is its first process as seen from outside: killing it is a power cut. */
export interface RunningHost {
  readonly instanceId: string;
  readonly address: string;
  readonly initPid: number;
}

export interface Metal {
  /** Boots a host. Resolves when its Docker Engine answers and the user data was started (not: has ended). */
  boot(machine: Machine): Promise<{ initPid: number }>;
  /** Ends a host and removes what it left, its Docker data too. An unknown id is no error. */
  terminate(instanceId: string): Promise<void>;
  /** The hosts that are up now. */
  list(): readonly RunningHost[];
  /** Calls back each time a host's init ended, whoever ended it. */
  onExit(listener: (instanceId: string) => void): void;
}

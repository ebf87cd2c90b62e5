/**
 * Keeps containers away from the instance metadata service, whose keys are the host's, from the witness listeners of this
 * and of other hosts, and from each other but through published ports.
 *
 * Job: DROP rules. In the table `raw`, chain PREROUTING, for packets to that address and that port which come in from
 *   Docker's bridges; the host's own packets do not pass there. In `mangle`, FORWARD, for what a container on Docker's own
 *   bridge sends straight to another. Checked before it is added (`-C`, then `-I`), so it can be asked for again and
 *   again: a firewall that was reloaded meanwhile gets the rule back. While the chains are as they were left, that is all
 *   that is looked at.
 * Fails: `ensure` rejects when iptables is missing or refuses. IPv6 is blocked where ip6tables is there. Frames between
 *   containers meet iptables where the kernel has br_netfilter; without it containers of one host do reach each other.
 */
import { execFile } from 'node:child_process';
import { WITNESS_PORT } from '../neighbours/witness-port.ts';

export interface MetadataBlock {
  ensure(): Promise<void>;
}

/** Runs a program; resolves with its exit code. Rejects when it is not there. */
export type Run = (
  command: string,
  args: readonly string[],
) => Promise<{ code: number; stdout: string; stderr: string }>;

type Firewall = 'iptables' | 'ip6tables';

/** What containers' packets may not go to. Witness listeners have IPv4 addresses only. */
const FORBIDDEN: Readonly<Record<Firewall, readonly (readonly string[])[]>> = {
  iptables: [
    ['-d', '169.254.169.254/32'],
    ['-p', 'tcp', '--dport', String(WITNESS_PORT)],
  ],
  ip6tables: [['-d', 'fd00:ec2::254/128']],
};

/** Berth's containers are on Docker's own bridge. What was sent to a published port may come back to it (DNAT). */
const BRIDGE = 'docker0';
const APART = ['-m', 'conntrack', '!', '--ctstate', 'RELATED,ESTABLISHED,DNAT'];
const CHAINS = [
  ['raw', 'PREROUTING'],
  ['mangle', 'FORWARD'],
] as const;
const BRIDGE_NF: Readonly<Record<Firewall, string>> = {
  iptables: 'net.bridge.bridge-nf-call-iptables=1',
  ip6tables: 'net.bridge.bridge-nf-call-ip6tables=1',
};

export function createMetadataBlock(run: Run, bridges: readonly string[]): MetadataBlock {
  const drop = async (command: Firewall, name: string, rule: readonly string[]): Promise<void> => {
    const table = ['-w', '5', '-t', name];
    const dropped = [...rule, '-j', 'DROP'];
    if ((await run(command, [...table, '-C', ...dropped])).code === 0) return;
    const added = await run(command, [...table, '-I', ...dropped]);
    if (added.code !== 0)
      throw new Error(`${command} refused the rule ${dropped.join(' ')}: ${added.stderr.trim()}`);
  };
  const block = async (command: Firewall): Promise<void> => {
    for (const bridge of bridges)
      for (const what of FORBIDDEN[command])
        await drop(command, 'raw', ['PREROUTING', '-i', bridge, ...what]);
    await drop(command, 'mangle', ['FORWARD', '-i', BRIDGE, '-o', BRIDGE, ...APART]);
    // Without the module there is no such setting, and nothing more to be done.
    await run('sysctl', ['-q', '-w', BRIDGE_NF[command]]).catch(() => undefined);
  };
  /** All rules beside which ours are: two programs for each firewall, where a check of each rule takes many. */
  const listing = async (): Promise<string> => {
    const texts: string[] = [];
    for (const command of ['iptables', 'ip6tables'] as const)
      for (const [table, chain] of CHAINS) {
        const said = await run(command, ['-w', '5', '-t', table, '-S', chain]).catch(() => undefined);
        texts.push(said?.code === 0 ? said.stdout : 'none');
      }
    return texts.join('\n');
  };
  let loaded = false;
  let known: string | undefined;
  return {
    ensure: async () => {
      if (known !== undefined && (await listing()) === known) return;
      known = undefined;
      if (!loaded) await run('modprobe', ['br_netfilter']).catch(() => undefined);
      loaded = true;
      await block('iptables');
      const six = await run('ip6tables', ['--version']).catch(() => undefined);
      if (six?.code === 0) await block('ip6tables');
      known = await listing();
    },
  };
}

const TIMEOUT_MS = 10_000;

export const runProgram: Run = (command, args) =>
  new Promise((resolve, reject) => {
    // Services are sometimes started with a PATH that has no folder of system programs.
    const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
    execFile(command, [...args], { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
      else
        reject(
          new Error(
            `${command} cannot be run (${error.code ?? 'killed'}): install it, or see requireMetadataBlock`,
          ),
        );
    });
  });

/**
 * Keeps containers away from the instance metadata service, whose keys are the host's, and from the witness listeners
 * of this and of other hosts.
 *
 * Job: DROP rules for that address and that port in the table `raw`, chain PREROUTING, for packets that come in from
 *   Docker's bridges; the host's own packets do not pass there. Checked before it is added (`-C`, then `-I`), so it can be asked
 *   for again and again: a firewall that was reloaded meanwhile gets the rule back.
 * Fails: `ensure` rejects when iptables is missing or refuses. IPv6 is blocked where ip6tables is there.
 */
import { execFile } from 'node:child_process';
import { WITNESS_PORT } from '../neighbours/witness-port.ts';

export interface MetadataBlock {
  ensure(): Promise<void>;
}

/** Runs a program; resolves with its exit code. Rejects when it is not there. */
export type Run = (command: string, args: readonly string[]) => Promise<{ code: number; stderr: string }>;

type Firewall = 'iptables' | 'ip6tables';

/** What containers' packets may not go to. Witness listeners have IPv4 addresses only. */
const FORBIDDEN: Readonly<Record<Firewall, readonly (readonly string[])[]>> = {
  iptables: [
    ['-d', '169.254.169.254/32'],
    ['-p', 'tcp', '--dport', String(WITNESS_PORT)],
  ],
  ip6tables: [['-d', 'fd00:ec2::254/128']],
};

export function createMetadataBlock(run: Run, bridges: readonly string[]): MetadataBlock {
  const block = async (command: Firewall, bridge: string): Promise<void> => {
    for (const what of FORBIDDEN[command]) {
      const rule = ['PREROUTING', '-i', bridge, ...what, '-j', 'DROP'];
      const table = ['-w', '5', '-t', 'raw'];
      if ((await run(command, [...table, '-C', ...rule])).code === 0) continue;
      const added = await run(command, [...table, '-I', ...rule]);
      if (added.code !== 0)
        throw new Error(`${command} refused the rule for ${bridge}: ${added.stderr.trim()}`);
    }
  };
  return {
    ensure: async () => {
      for (const bridge of bridges) await block('iptables', bridge);
      const six = await run('ip6tables', ['--version']).catch(() => undefined);
      if (six?.code === 0) for (const bridge of bridges) await block('ip6tables', bridge);
    },
  };
}

const TIMEOUT_MS = 10_000;

export const runProgram: Run = (command, args) =>
  new Promise((resolve, reject) => {
    // Services are sometimes started with a PATH that has no folder of system programs.
    const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
    execFile(command, [...args], { env, timeout: TIMEOUT_MS }, (error, _stdout, stderr) => {
      if (error === null) resolve({ code: 0, stderr });
      else if (typeof error.code === 'number') resolve({ code: error.code, stderr });
      else
        reject(
          new Error(
            `${command} cannot be run (${error.code ?? 'killed'}): install it, or see requireMetadataBlock`,
          ),
        );
    });
  });

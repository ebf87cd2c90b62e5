/** The instance metadata service, whose keys are the host's: over IPv4, over IPv6, and by a name that leads to it. */
import { expect, it } from '@jest/globals';
import {
  ChangeResourceRecordSetsCommand,
  Route53Client,
  type Change,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { WITNESS_PORT } from '../../../../contract/agent-protocol.ts';
import type { Cloud } from '../../../../local/cloud.ts';
import { ROOT_KEYS } from '../../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../../local/plan.ts';
import { waitUntil } from '../../../../local/wait-until.ts';
import type { HostWhereabouts } from '../../../../local/whereabouts.ts';
import { digA } from '../../support/dns.ts';
import { docker, sh } from '../../support/hosts.ts';
import { knock } from '../../support/knock.ts';
import { tell } from '../../support/tell.ts';
import type { Scene } from './scene.ts';

const V4 = '169.254.169.254';
const V6 = 'fd00:ec2::254';
const ASK = 'GET /latest/meta-data/ HTTP/1.0\r\n\r\n';
/** The agent looks after its rules every 10 s; the rest is for a busy machine. */
const BACK_WITHIN_MS = 20_000;

export function metadataTries(cloud: () => Cloud, here: () => Scene): void {
  it('gets no answer from the metadata service: the agent’s rule drops what it sends', async () => {
    const { host, villain } = here();
    expect(await knock(host, V4, 80, ASK)).toMatch(/^connected\nHTTP\/1.. 401/); // a token is missing, no more
    const before = await dropped(host, V4);
    expect(await knock(villain, V4, 80, ASK)).toBe('no answer');
    expect(await dropped(host, V4)).toBeGreaterThan(before);
  }, 60_000);

  it('gets none over IPv6 either, also where an engine gives containers IPv6', async () => {
    const { host, villain } = here();
    const pid = (await docker(host, 'inspect', '--format', '{{.State.Pid}}', villain.id)).trim();
    const hasV6 = (await sh(host, 'test -e /proc/net/if_inet6 && echo yes || true')) !== '';
    if (!hasV6) {
      // A kernel without IPv6: nobody reaches anything by it.
      for (const from of [host, villain])
        expect(await knock(from, V6, 80)).toMatch(/^no (socket|connection)/);
      return;
    }
    // As an engine with IPv6 does: an address on its bridge, one in the container, and a way out.
    await sh(
      host,
      `sysctl -qw net.ipv6.conf.docker0.disable_ipv6=0 net.ipv6.conf.lo.disable_ipv6=0 net.ipv6.conf.all.forwarding=1
      ip -6 addr replace fd77::1/64 dev docker0 nodad
      ip -6 addr replace ${V6}/128 dev lo
      nsenter -t ${pid} -n sh -c 'sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
        ip -6 addr replace fd77::2/64 dev eth0 nodad; ip -6 route replace default via fd77::1'
      busybox httpd -p '[::]:8099' -h /usr/share`,
    );
    const ask = 'GET / HTTP/1.0\r\n\r\n';
    const answers = async (from: typeof host | typeof villain, to: string): Promise<true | undefined> =>
      (await knock(from, to, 8099, ask)).startsWith('connected\nHTTP/1.') || undefined;
    await waitUntil(() => answers(host, V6), { what: 'the service on the host', timeoutMs: 30_000 });
    await waitUntil(() => answers(villain, 'fd77::1'), { what: 'IPv6 in the container', timeoutMs: 30_000 });
    expect(await knock(villain, V6, 8099, ask)).toBe('no answer');
  }, 120_000);

  it('gets none by a name that it lets lead there', async () => {
    const { host, villain } = here();
    const name = `rebound.${cloud().zoneName}`;
    await record(cloud(), 'CREATE', name, V4);
    try {
      await waitUntil(async () => (await digA(cloud(), name)).includes(V4) || undefined, {
        what: 'the name',
        timeoutMs: 60_000,
      });
      expect(await knock(host, name, 80, ASK)).toMatch(/^connected\nHTTP\/1.. 401/);
      expect(await knock(villain, name, 80, ASK)).toBe('no answer');
    } finally {
      await record(cloud(), 'DELETE', name, V4); // a zone that holds what is not Berth's is not destroyed
    }
  }, 120_000);

  it('finds the rules back in place soon after somebody has reloaded the firewall', async () => {
    const tookMs = await here().rulesBackMs;
    tell(`rules that were flushed were back ${String(tookMs / 1000)} s later`);
    expect(tookMs).toBeLessThan(BACK_WITHIN_MS);
  }, 80_000);
}

/** Flushes a host's rules, as somebody does who reloads its firewall. Resolves with how long they were gone. */
export async function reloaded(host: HostWhereabouts): Promise<number> {
  await sh(host, 'iptables -t raw -F PREROUTING');
  const sinceMs = Date.now();
  const back = async (): Promise<number | undefined> => {
    const rules = await sh(host, 'iptables -t raw -S PREROUTING');
    const all = rules.includes(`${V4}/32`) && rules.includes(`--dport ${String(WITNESS_PORT)}`);
    return all ? Date.now() - sinceMs : undefined;
  };
  return waitUntil(back, { what: 'the rules', timeoutMs: 2 * BACK_WITHIN_MS, everyMs: 250 });
}

/** Packets that the rules about an address have dropped on a host. */
async function dropped(host: HostWhereabouts, address: string): Promise<number> {
  const rules = await sh(host, 'iptables -t raw -L PREROUTING -n -v -x');
  const ours = rules.split('\n').filter((line) => line.includes(address) && line.includes('DROP'));
  expect(ours.length).toBeGreaterThan(0);
  return ours.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[0]), 0);
}

/** A record that is not Berth's, as an attacker who owns a name somewhere has it. */
async function record(
  cloud: Cloud,
  action: 'CREATE' | 'DELETE',
  name: string,
  address: string,
): Promise<void> {
  const { plan, outputs } = cloud;
  const endpoint = loopbackEndpoint(plan.ports.route53);
  const client = new Route53Client({ region: plan.region, endpoint, credentials: ROOT_KEYS });
  const set: ResourceRecordSet = { Name: name, Type: 'A', TTL: 1, ResourceRecords: [{ Value: address }] };
  const change: Change = { Action: action, ResourceRecordSet: set };
  await client.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: outputs['ZoneId'],
      ChangeBatch: { Changes: [change] },
    }),
  );
  client.destroy();
}

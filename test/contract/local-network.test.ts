/** The network of a local cloud on a machine that never had one: its own namespaces stand for that machine. */
import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { run } from '../../local/run.ts';

const LOCAL = join(import.meta.dirname, '../../local');
const PROGRAM = `
  import { readFileSync } from 'node:fs';
  import { listLinks, listNetns, makeBridge, makeHostNetwork, makeMetadataNetwork, removeNamespace, removeNetwork } from '${LOCAL}/network.ts';
  import { hostNames, planCloud } from '${LOCAL}/plan.ts';
  import { run } from '${LOCAL}/run.ts';
  const plan = planCloud('alone', 15, '/nowhere');
  const look = async () => ({
    netns: await listNetns(),
    links: (await listLinks()).sort(),
    firewall: (await run('iptables-save', [])).split('\\n').filter((line) => !line.startsWith('#')),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\\n').map((line) => line.split(' ')[4]),
  });
  const hardware = async (link, options = []) =>
    JSON.parse(await run('ip', [...options, '-json', 'link', 'show', link]))[0].address;
  const routers = [];
  const router = async () => routers.push(await hardware('brth15'));
  const host = async (octet) => {
    const address = '10.77.15.' + octet;
    const names = hostNames(plan, address);
    await makeHostNetwork(plan, names, address);
    await router();
    return { names, hardware: await hardware('eth0', ['-n', names.netns]) };
  };
  const before = await look();
  await makeBridge(plan);
  await router();
  await makeMetadataNetwork(plan);
  await router();
  const first = await host(11);
  const other = await host(12);
  await removeNamespace(first.names);
  await router();
  const again = await host(11);
  const during = await look();
  const reached = await run('nsenter', ['--net=/run/netns/berth-15-h11', 'ip', '-json', 'route', 'get', '10.77.15.12']);
  await removeNetwork(plan);
  console.log(JSON.stringify({ routers, hosts: [first, again, other].map((one) => one.hardware), before, during, reached: JSON.parse(reached), after: await look() }));
`;

interface Look {
  readonly netns: readonly string[];
  readonly links: readonly string[];
  readonly firewall: readonly string[];
  readonly mounts: readonly string[];
}

/** Runs it on a machine of its own; `prepare` says what is there already. */
async function onFreshMachine(prepare: string) {
  const script = `mount -t tmpfs tmpfs /run && ${prepare} exec "$0" --input-type=module-typescript -e "$1"`;
  const text = await run('unshare', ['--net', '--mount', 'sh', '-c', script, process.execPath, PROGRAM]);
  return JSON.parse(text) as {
    before: Look;
    during: Look;
    after: Look;
    reached: [{ dev: string }];
    /** Hardware addresses of the bridge: at first, and each time something came or went. */
    routers: string[];
    /** Those of a host, of the one that has its address after it, and of another. */
    hosts: [string, string, string];
  };
}

describe('the network of a local cloud', () => {
  it('leaves no mount, no namespace, no link, and no table of a firewall that was not there', async () => {
    const { before, during, after, reached } = await onFreshMachine('');
    expect(before.firewall.filter(Boolean)).toEqual([]);
    expect(during.netns.toSorted()).toEqual(['berth-15-h11', 'berth-15-h12', 'berth-15-imds']);
    expect(during.links).toEqual(expect.arrayContaining(['brth15', 'brth15h11', 'brth15h12', 'brth15imds']));
    expect(reached[0].dev).toBe('eth0');
    expect(after).toEqual(before);
  });

  it('has a router and hosts that are found where they were, whoever comes and goes', async () => {
    const { routers, hosts } = await onFreshMachine('');
    expect(routers).toHaveLength(6);
    expect(new Set(routers).size).toBe(1);
    const [first, again, other] = hosts;
    expect(again).toBe(first);
    expect(new Set([first, other, routers[0]]).size).toBe(3);
  });

  it.each([
    ['drops what is forwarded', 'iptables -P FORWARD DROP &&'],
    ['has rules', 'iptables -A INPUT -p tcp --dport 22 -j DROP &&'],
  ])('opens a firewall that %s for its own bridge alone, and closes it again', async (_what, prepare) => {
    const { before, during, after } = await onFreshMachine(prepare);
    expect(during.firewall.filter((rule) => !before.firewall.includes(rule))).toEqual([
      '-A INPUT -i brth15 -j ACCEPT',
      '-A FORWARD -i brth15 -o brth15 -j ACCEPT',
    ]);
    expect(after).toEqual(before);
  });
});

/**
 * The network of a cloud: one bridge, and one network namespace per host on it, as a subnet with its instances.
 *
 * The gateway's address is on the bridge itself: relay, gateways, DNS and registry listen there for the hosts.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { metadataNames, isLinkOf, isNetnsOf } from './plan.ts';
import type { CloudPlan } from './plan.ts';
import { run, succeeds } from './run.ts';

export const METADATA_ADDRESS = '169.254.169.254';

/** Where `ip netns` keeps its names. */
const NETNS = '/run/netns';

/**
 * With a Docker Engine on the machine, FORWARD drops by default and bridge frames pass through it; a firewall may
 * close INPUT. Both rules name the bridge, so they touch nothing else and clean-up finds them by its name.
 *
 * Where nothing is filtered they are not made: they would leave behind a table that was not there.
 */
const bridgeRules = (plan: CloudPlan): string[][] => [
  ['FORWARD', '-i', plan.bridge.name, '-o', plan.bridge.name, '-j', 'ACCEPT'],
  ['INPUT', '-i', plan.bridge.name, '-j', 'ACCEPT'],
];

/**
 * The bridge keeps one hardware address, as a subnet's router does. Left to itself it takes the lowest of its ports', so
 * a host that comes or goes may change it, and what other hosts answer goes to nobody until they have asked anew.
 */
export async function makeBridge(plan: CloudPlan): Promise<void> {
  const { name, address } = plan.bridge;
  await run('ip', ['-batch', '-'], {
    input: [
      `link add ${name} address ${hardwareAddress(address)} type bridge`,
      `addr add ${address}/24 dev ${name}`,
      `link set ${name} up`,
    ].join('\n'),
  });
  if (!isFiltering(await run('iptables-save', ['-t', 'filter']))) return;
  for (const rule of bridgeRules(plan)) await run('iptables', ['-w', '-I', ...rule]);
}

/** One for each IPv4 address: whoever has it after a reboot, or next, is found under it at once. */
const hardwareAddress = (ipv4: string): string =>
  ['02', '00', ...ipv4.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))].join(':');

/**
 * Whether a packet could be dropped: there is a rule, or a policy other than ACCEPT.
 * @param saved what `iptables-save` says; asking it makes no table
 */
export const isFiltering = (saved: string): boolean => /^(?:-A |:(?:INPUT|FORWARD) (?!ACCEPT ))/m.test(saved);

/** Makes a host's network namespace: `eth0` with its address, default route to the gateway, a route to metadata. */
export async function makeHostNetwork(plan: CloudPlan, names: Names, address: string): Promise<void> {
  await makeNamespace(plan, names, address);
  await run('ip', ['-n', names.netns, '-batch', '-'], {
    input: [
      `addr add ${address}/24 dev eth0`,
      'link set eth0 up',
      `route add default via ${plan.bridge.address}`,
      `route add ${METADATA_ADDRESS} dev eth0`,
    ].join('\n'),
  });
}

/**
 * Makes the namespace of the metadata service. Its packets leave with a time to live of 1, so a router drops them:
 * a container behind the host's bridge gets no answer, the host itself does (the hop limit of 1 of EC2).
 */
export async function makeMetadataNetwork(plan: CloudPlan): Promise<void> {
  const names = metadataNames(plan);
  await makeNamespace(plan, names, METADATA_ADDRESS);
  await run('ip', ['-n', names.netns, '-batch', '-'], {
    input: [
      `addr add ${METADATA_ADDRESS}/32 dev eth0`,
      'link set eth0 up',
      `route add ${plan.bridge.subnet} dev eth0`,
    ].join('\n'),
  });
  await run('nsenter', [`--net=${join(NETNS, names.netns)}`, 'tee', '/proc/sys/net/ipv4/ip_default_ttl'], {
    input: '1',
  });
}

interface Names {
  readonly netns: string;
  readonly link: string;
}

/** As `ip netns add`, which would also make a mount of /run/netns itself, and leave it for ever. */
async function makeNamespace(plan: CloudPlan, names: Names, address: string): Promise<void> {
  const file = join(NETNS, names.netns);
  mkdirSync(NETNS, { recursive: true });
  closeSync(openSync(file, 'wx', 0o444)); // not there yet: whoever has this name is not ours to hide
  await run('unshare', [`--net=${file}`, 'true']);
  await run('ip', ['-batch', '-'], {
    input: [
      `link add ${names.link} type veth peer name eth0 address ${hardwareAddress(address)} netns ${names.netns}`,
      `link set ${names.link} master ${plan.bridge.name} up`,
    ].join('\n'),
  });
  await run('ip', ['-n', names.netns, 'link', 'set', 'lo', 'up']);
}

/** Removes one namespace and its link. Nothing there is no error. */
export async function removeNamespace(names: Names): Promise<void> {
  await succeeds('ip', ['link', 'del', names.link]);
  await succeeds('ip', ['netns', 'del', names.netns]);
}

/** Removes everything that a cloud of this index has in the network, whether or not it is still running. */
export async function removeNetwork(plan: CloudPlan): Promise<void> {
  for (const netns of await listNetns())
    if (isNetnsOf(plan, netns)) await succeeds('ip', ['netns', 'del', netns]);
  for (const link of await listLinks()) if (isLinkOf(plan, link)) await succeeds('ip', ['link', 'del', link]);
  for (const rule of bridgeRules(plan)) while (await succeeds('iptables', ['-w', '-D', ...rule]));
}

export async function listNetns(): Promise<string[]> {
  const text = await run('ip', ['netns', 'list']);
  return text.split('\n').flatMap((line) => line.split(' ')[0] || []);
}

export async function listLinks(): Promise<string[]> {
  const links = JSON.parse(await run('ip', ['-json', 'link', 'show'])) as { ifname: string }[];
  return links.map((link) => link.ifname);
}

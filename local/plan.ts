/**
 * The plan of a local cloud: every name, address, port and path that it will use, from its name and index alone.
 *
 * Job: several clouds run side by side, and clean-up finds exactly what one of them made; so all of it is derived
 *   here and nowhere else, and everything carries the cloud's name or index.
 * In: name, index 0..15, the folder of the project. Out: a `CloudPlan`. Fails: a bad name or index throws.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The cloud of `npm start`. */
export const DEFAULT_CLOUD = { name: 'local', index: 0 } as const;

/** Indices 0..15: the ports of index 15 end below 7000, the subnets at 10.77.15.0/24. */
export const CLOUD_INDICES = 16;

/** The region and zone that the local cloud plays, and the account that the emulator plays. */
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ZONE = 'us-east-1a';
export const LOCAL_ACCOUNT = '000000000000';

/** TCP ports (DNS: UDP and TCP), each on loopback and, but for the emulator's, on the bridge's address too. */
export interface CloudPorts {
  /** The one address of the local AWS (LocalStack's port for index 0). */
  readonly relay: number;
  /** The emulator itself, on loopback only, behind the relay. */
  readonly emulator: number;
  readonly ec2: number;
  readonly route53: number;
  /** WebSocket APIs. */
  readonly websocket: number;
  readonly dns: number;
  readonly registry: number;
}

export interface CloudPaths {
  /** The project: where package.json is. */
  readonly project: string;
  /** `.berth/<name>/`: everything that lives as long as the cloud. Removed with it. */
  readonly state: string;
  /** `.berth/<name>.json`: where things are, for scripts and the CLI. Removed with the cloud. */
  readonly file: string;
  /** `.berth/log/<name>/`: survives the cloud so that a failure can be read; the next start empties it. */
  readonly logs: string;
  /** `.berth/cache/`: kept between starts and shared by all clouds of the project. */
  readonly cache: string;
  /** `/run/berth-<name>/`: sockets, whose paths may not be as long as a project's. Removed with the cloud. */
  readonly run: string;
  /**
   * `<tmp>/berth-<name>/`: where the emulator unpacks Lambdas. Outside the project, whose package.json and
   * node_modules they would find else. Removed with the cloud.
   */
  readonly temporary: string;
  /** `.berth/python/`: the emulator's private Python environment. */
  readonly python: string;
}

export interface CloudPlan {
  readonly name: string;
  readonly index: number;
  readonly region: string;
  readonly zone: string;
  readonly account: string;
  readonly bridge: { readonly name: string; readonly address: string; readonly subnet: string };
  readonly ports: CloudPorts;
  readonly paths: CloudPaths;
  /** Parent of every control group of this cloud, relative to each hierarchy's root: `berth/<name>`. */
  readonly cgroup: string;
}

/**
 * Plans a cloud.
 * @throws RangeError when the name is no DNS label of at most 20 characters, or the index is not 0..15.
 */
export function planCloud(name: string, index: number, project: string): CloudPlan {
  if (!/^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$/.test(name) || ['cache', 'python', 'log', 'lock'].includes(name))
    throw new RangeError(
      `a cloud's name is a DNS label of 1 to 20 characters and no folder of .berth: "${name}"`,
    );
  if (!Number.isInteger(index) || index < 0 || index >= CLOUD_INDICES)
    throw new RangeError(`a cloud's index is 0 to ${String(CLOUD_INDICES - 1)}: ${String(index)}`);
  const berth = join(project, '.berth');
  const network = `10.77.${String(index)}`;
  return {
    name,
    index,
    region: LOCAL_REGION,
    zone: LOCAL_ZONE,
    account: LOCAL_ACCOUNT,
    bridge: { name: `brth${String(index)}`, address: `${network}.1`, subnet: `${network}.0/24` },
    ports: planPorts(index),
    paths: {
      project,
      state: join(berth, name),
      file: join(berth, `${name}.json`),
      logs: join(berth, 'log', name),
      cache: join(berth, 'cache'),
      run: `/run/berth-${name}`,
      temporary: join(tmpdir(), `berth-${name}`),
      python: join(berth, 'python'),
    },
    cgroup: `berth/${name}`,
  };
}

/** The registry is at 5050, not 5000: 5000 + 300 would be the DNS port of index 0. */
function planPorts(index: number): CloudPorts {
  const step = 100 * index;
  return {
    relay: 4566 + step,
    emulator: 4567 + step,
    websocket: 4597 + step,
    route53: 4598 + step,
    ec2: 4599 + step,
    dns: 5300 + step,
    registry: 5050 + step,
  };
}

/** Names of what a host at `address` has in the machine's own namespaces. Link names have at most 15 characters. */
export function hostNames(plan: CloudPlan, address: string): { netns: string; link: string } {
  const octet = address.split('.')[3] ?? '';
  return { netns: `berth-${String(plan.index)}-h${octet}`, link: `${plan.bridge.name}h${octet}` };
}

/** Names of the metadata service's namespace. */
export function metadataNames(plan: CloudPlan): { netns: string; link: string } {
  return { netns: `berth-${String(plan.index)}-imds`, link: `${plan.bridge.name}imds` };
}

/** Whether a network namespace was made by a cloud of this index. */
export function isNetnsOf(plan: CloudPlan, netns: string): boolean {
  return new RegExp(`^berth-${String(plan.index)}-(?:h\\d{1,3}|imds)$`).test(netns);
}

/** Whether a link in the machine's own namespace was made by a cloud of this index. */
export function isLinkOf(plan: CloudPlan, link: string): boolean {
  return new RegExp(`^brth${String(plan.index)}(?:h\\d{1,3}|imds)?$`).test(link);
}

/**
 * The address that everything outside the hosts calls: the CLI, the SDKs, the emulator's Lambdas. No name: a look-up asks the
 * kernel for its addresses, which it does not tell while an engine moves the links of its containers.
 */
export function loopbackEndpoint(port: number): string {
  return `http://127.0.0.1:${String(port)}`;
}

/** The same service as a host reaches it. */
export function bridgeEndpoint(plan: CloudPlan, port: number): string {
  return `http://${plan.bridge.address}:${String(port)}`;
}

/** Where the parts of this AWS answer on this machine, by the id in AWS_ENDPOINT_URL_<ID>. */
export const awsEndpoints = ({ ports }: CloudPlan) => ({
  default: loopbackEndpoint(ports.relay),
  EC2: loopbackEndpoint(ports.ec2),
  ROUTE_53: loopbackEndpoint(ports.route53),
});

/** Where Node keeps what it has compiled of the programs that clouds start again and again: theirs, not the machine's. */
export const compileCache = ({ paths }: CloudPlan): string => join(paths.cache, 'node');

/**
 * What one installation of Berth may choose, read from CDK context: `cdk deploy -c cluster=prod -c zone=prod.internal`.
 *
 * Nothing is read from the environment, so the same context gives the same template on every machine. The one exception are
 * names of a network that is there already: they mean something in one account only, which the CDK command tells.
 */
import type { Node } from 'constructs';
import { hasNames, readExistingNetwork, type ExistingNetwork } from './existing-network.ts';

export interface BerthConfig {
  /** Names the cluster in tags, in `/berth/<cluster>/endpoint` and in the stack's name. */
  readonly cluster: string;
  /** The private hosted zone, seen only inside the cluster's VPC: clusters in different VPCs may share a name. */
  readonly zoneName: string;
  /** Where hosts go; null: into a VPC that the stack makes. */
  readonly network: ExistingNetwork | null;
}

/** The types that a host launched by hand gets; Berth itself always names the type of the pool. */
export const DEFAULT_INSTANCE_TYPES = { x86_64: 't3.small', arm64: 't4g.small' } as const;

/** Ports that Berth hands out on hosts. The agent's contract has the same pair; a test compares them. */
export const HOST_PORTS = { first: 20_000, last: 29_999 } as const;

/** Where agents answer each other's question whether they are there. The agent's contract has the same number. */
export const WITNESS_PORT = 19_990;

/** The smallest volume that the ECS-optimized AMI's snapshot fits on; images and logs share it. */
export const HOST_VOLUME_GIB = 30;

/** Owner tag of every instance, volume and interface; what may be terminated is decided by it. */
export const CLUSTER_TAG = 'berth:cluster';

/** Tells an instance which host it is. The EC2 adapter has the same; a test compares them. */
export const HOST_TAG = 'berth:host';

/** Where hosts and the CLI look the API's address up. */
export const endpointParameterName = (cluster: string) => `/berth/${cluster}/endpoint`;

/** Where hosts look up where to open their sockets. */
export const doorbellParameterName = (cluster: string) => `/berth/${cluster}/doorbell`;

const DNS_LABEL = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const ZONE_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads the configuration from context.
 * @throws TypeError when the cluster is no DNS label of at most 40 characters, the zone no dotted lower-case name, or the
 *   network no network.
 */
export function readConfig(node: Node): BerthConfig {
  const cluster: unknown = node.tryGetContext('cluster') ?? 'berth';
  const zoneName: unknown = node.tryGetContext('zone') ?? 'berth.internal';
  if (typeof cluster !== 'string' || !DNS_LABEL.test(cluster))
    throw new TypeError(`context "cluster" must be a DNS label of at most 40 characters: ${String(cluster)}`);
  if (typeof zoneName !== 'string' || zoneName.length > 100 || !ZONE_NAME.test(zoneName))
    throw new TypeError(`context "zone" must be a name such as berth.internal: ${String(zoneName)}`);
  return { cluster, zoneName, network: readExistingNetwork(node) };
}

/**
 * The account and region in which names are looked up; nothing when there are none, so that the template is tied to none.
 * @throws TypeError when the CDK command knows no account
 */
export function lookupEnvironment(
  { network }: Pick<BerthConfig, 'network'>,
  { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region }: Readonly<Record<string, string | undefined>>,
): { readonly env?: { readonly account: string; readonly region: string } } {
  if (network === null || !hasNames(network)) return {};
  if (account === undefined || region === undefined)
    throw new TypeError(
      'context names a VPC, subnet or security group, but the CDK command knows no account and region to look it up in: ' +
        'run it with credentials, or write ids (vpc-..., subnet-..., sg-...)',
    );
  return { env: { account, region } };
}

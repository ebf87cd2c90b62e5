/**
 * The hosts' network: public subnets without a way in, in a VPC of their own; or, if context names one, a VPC that is there
 * already (`existing-network.ts`). Of that one nothing is changed: it gets two security groups and the private zone.
 *
 * Hosts have a public address because HTTP APIs have no private endpoint and a NAT gateway costs $33 a month and zone;
 * no security group lets anything in from outside. S3 and DynamoDB go through gateway endpoints, which are free.
 * Interface endpoints ($7 a month each) are left out for the same reason as the NAT gateway.
 */
import { Validations } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { HOST_PORTS, WITNESS_PORT } from '../config.ts';
import { isId, type ExistingNetwork } from '../existing-network.ts';

export class Network extends Construct {
  readonly vpc: IVpc;
  /** Those that hosts may be launched in. */
  readonly subnetIds: readonly string[];
  /** Those that every host is in whose pool names none. */
  readonly hostGroups: readonly ISecurityGroup[];
  /** By the name that pools give: those of their hosts. */
  readonly groupsByName: Readonly<Record<string, readonly ISecurityGroup[]>>;

  constructor(scope: Construct, id: string, existing: ExistingNetwork | null) {
    super(scope, id);
    this.vpc = existing === null ? this.#ownVpc() : this.#existingVpc(existing);
    this.subnetIds =
      existing === null
        ? this.vpc.publicSubnets.map(({ subnetId }) => subnetId)
        : this.#existingSubnets(existing.subnets);
    const own = this.#groups(this.vpc);
    const known = new Map<string, ISecurityGroup>();
    const withOwn = (groups: readonly string[]) => [
      ...own,
      ...groups.map((one) => this.#existingGroup(one, known)),
    ];
    this.hostGroups = withOwn(existing?.securityGroups ?? []);
    this.groupsByName = Object.fromEntries(
      Object.entries(existing?.groupsByName ?? {}).map(([name, groups]) => [name, withOwn(groups)]),
    );
  }

  /** All groups that some host is in, each once. */
  get allGroups(): readonly ISecurityGroup[] {
    return [...new Set([...this.hostGroups, ...Object.values(this.groupsByName).flat()])];
  }

  #ownVpc(): IVpc {
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.64.0.0/16'),
      // A stack that is tied to no region gets two zones; one with a region gets three.
      maxAzs: 3,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Hosts', subnetType: SubnetType.PUBLIC, cidrMask: 20 }],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
      enableDnsHostnames: true,
      enableDnsSupport: true,
      // Emptying the default group takes a custom resource with a function of its own; nothing uses that group.
      restrictDefaultSecurityGroup: false,
    });
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'Flow logs of one busy host (1 million flows a day, about 100 bytes each, $0.50 a GB) cost $1.50 a month, ' +
        'fifteen times what a host may add to the control plane. Operators who need them turn them on for the VPC.',
    });
    // The CDK's own class does not meet its interface under `exactOptionalPropertyTypes`.
    return vpc as IVpc;
  }

  /** By id alone it is taken as it is; else the CDK command reads it, and each subnet with its tag `Name`. */
  #existingVpc({ vpc, subnets }: ExistingNetwork): IVpc {
    const isKnown = isId(vpc, 'vpc');
    // Zones are read from the subnets when hosts are launched; nothing here needs them, but the CDK asks for one.
    if (isKnown && subnets.every((one) => isId(one, 'subnet')))
      return Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: vpc, availabilityZones: ['unread'] });
    return Vpc.fromLookup(this, 'Vpc', {
      ...(isKnown ? { vpcId: vpc } : { vpcName: vpc }),
      subnetGroupNameTag: 'Name',
    });
  }

  #existingSubnets(subnets: readonly string[]): string[] {
    const ids = subnets.flatMap((one) =>
      // A slash is another sign in what the CDK makes of names.
      isId(one, 'subnet')
        ? [one]
        : this.vpc.selectSubnets({ subnetGroupName: one.replaceAll('/', '--') }).subnetIds,
    );
    return [...new Set(ids)];
  }

  /** One that is named twice, for pools and for the others, is the same. */
  #existingGroup(group: string, known: Map<string, ISecurityGroup>): ISecurityGroup {
    const id = `Existing${known.size + 1}`;
    const found =
      known.get(group) ??
      (isId(group, 'sg')
        ? SecurityGroup.fromSecurityGroupId(this, id, group, { mutable: false })
        : SecurityGroup.fromLookupByName(this, id, group, this.vpc));
    known.set(group, found);
    return found;
  }

  /**
   * Two groups that every host is in, since a rule inside a group cannot name that group: one says who is a host, the
   * other opens the containers' ports and the agents' witness port to those. Out to everywhere: registries and AWS APIs have no fixed addresses.
   */
  #groups(vpc: IVpc): SecurityGroup[] {
    const hosts = new SecurityGroup(this, 'Hosts', {
      vpc,
      description: 'Hosts of Berth',
      allowAllOutbound: true,
    });
    const ports = new SecurityGroup(this, 'ContainerPorts', {
      vpc,
      description: 'Container ports of Berth, open from host to host',
      allowAllOutbound: true,
    });
    const fromHosts = Peer.securityGroupId(hosts.securityGroupId);
    const { first, last } = HOST_PORTS;
    ports.addIngressRule(fromHosts, Port.tcpRange(first, last), 'container ports, host to host');
    ports.addIngressRule(fromHosts, Port.udpRange(first, last), 'container ports, host to host');
    ports.addIngressRule(fromHosts, Port.tcp(WITNESS_PORT), 'agents ask each other whether they are there');
    return [hosts, ports];
  }
}

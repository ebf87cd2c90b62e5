/**
 * One cluster of Berth: state, queues, network, zone, what hosts are launched from, functions, and the API over them.
 *
 * In: cluster and zone names, the host archives. Out: resources, and the outputs that scripts and people read.
 * Fails: at synthesis, when a handler or a value of the user data is missing.
 *
 * The host's role is made early, because functions check callers against it, and gets its grants last, because they
 * name the API over those functions.
 */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { doorbellParameterName, endpointParameterName, type BerthConfig } from '../config.ts';
import { DoorbellApi } from '../constructs/doorbell-api.ts';
import { allFunctions } from '../constructs/functions/all-functions.ts';
import { DoorbellFunction } from '../constructs/functions/doorbell-function.ts';
import { guardDeletion } from '../constructs/functions/delete-guard.ts';
import { HostAssets } from '../constructs/host-assets.ts';
import { HostRole } from '../constructs/host-role.ts';
import { BerthApi } from '../constructs/http-api.ts';
import { LaunchTemplates } from '../constructs/launch-templates.ts';
import { Network } from '../constructs/network.ts';
import { Queues } from '../constructs/queues.ts';
import { StateTable } from '../constructs/state-table.ts';
import { userData } from '../constructs/user-data.ts';
import { Zone } from '../constructs/zone.ts';
import type { Architecture, HostArchive } from '../host-asset/host-archive.ts';

export interface BerthStackProps extends StackProps, BerthConfig {
  readonly hostArchives: Record<Architecture, HostArchive>;
}

export class BerthStack extends Stack {
  constructor(scope: Construct, id: string, props: BerthStackProps) {
    super(scope, id, { description: `Berth, cluster ${props.cluster}`, ...props });
    const { cluster, zoneName, network: existing, hostArchives } = props;
    const table = new StateTable(this, 'Table');
    const queues = new Queues(this, 'Queues');
    const network = new Network(this, 'Network', existing);
    const zone = new Zone(this, 'Zone', { zoneName, vpc: network.vpc });
    const host = new HostRole(this, 'Host');
    const assets = new HostAssets(this, 'HostAssets', hostArchives);
    const script = (architecture: Architecture) =>
      userData({ cluster, archive: hostArchives[architecture], asset: assets[architecture] });
    const launchTemplates = new LaunchTemplates(this, 'LaunchTemplates', {
      cluster,
      hostGroups: network.hostGroups,
      groupsByName: network.groupsByName,
      profile: host.profile,
      userData: { x86_64: script('x86_64'), arm64: script('arm64') },
    });
    const ringing = new DoorbellFunction(this, 'Doorbell', { cluster, table, hostRole: host.role });
    const doorbell = new DoorbellApi(this, 'DoorbellSockets', ringing);
    const functions = allFunctions(this, {
      cluster,
      zoneName,
      table,
      queues,
      zone,
      network,
      launchTemplates,
      hostRole: host.role,
      doorbell,
      agentRelease: assets.release,
    });
    const { api, endpoint } = new BerthApi(this, 'Http', {
      operators: functions.api,
      agents: functions.agentApi,
    });
    const parameter = new StringParameter(this, 'EndpointParameter', {
      parameterName: endpointParameterName(cluster),
      stringValue: endpoint,
      description: 'Where the hosts and the command line of this cluster call',
    });
    const doorbellParameter = new StringParameter(this, 'DoorbellParameter', {
      parameterName: doorbellParameterName(cluster),
      stringValue: doorbell.url,
      description: 'Where the hosts of this cluster open their sockets',
    });
    host.grant({ api, doorbell, parameters: [parameter, doorbellParameter], assets });

    guardDeletion(this, functions.deleteGuard);

    const output = (name: string, value: string) => new CfnOutput(this, name, { value });
    output('Endpoint', endpoint);
    output('ApiId', api.apiId);
    output('EndpointParameterName', parameter.parameterName);
    output('DoorbellApiId', doorbell.apiId);
    output('DoorbellParameterName', doorbellParameter.parameterName);
    output('TableName', table.tableName);
    output('WakeQueueUrl', queues.wake.queueUrl);
    output('TickQueueUrl', queues.tick.queueUrl);
    output('ZoneId', zone.hostedZoneId);
    output('ZoneName', zoneName);
    output('VpcId', network.vpc.vpcId);
    output('HostRoleName', host.role.roleName);
    output('LaunchTemplateX86', launchTemplates.ids.x86_64);
    output('LaunchTemplateArm', launchTemplates.ids.arm64);
    for (const [name, each] of Object.entries({ ...functions, doorbell: ringing }))
      output(`${name.charAt(0).toUpperCase()}${name.slice(1)}Function`, each.functionName);
  }
}

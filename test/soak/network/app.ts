/** A CDK app of the hosts' network alone, which the CDK command runs: what it was given, as outputs. */
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { lookupEnvironment, readConfig } from '../../../infra/config.ts';
import { Network } from '../../../infra/constructs/network.ts';

const app = new App({ analyticsReporting: false });
const config = readConfig(app.node);
const stack = new Stack(app, 'network', { ...lookupEnvironment(config, process.env) });
const network = new Network(stack, 'Network', config.network);
new CfnOutput(stack, 'Vpc', { value: network.vpc.vpcId });
new CfnOutput(stack, 'Subnets', { value: network.subnetIds.join(',') });
for (const [index, group] of network.hostGroups.entries())
  new CfnOutput(stack, `Group${index}`, { value: group.securityGroupId });
app.synth();

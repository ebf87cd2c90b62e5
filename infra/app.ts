/**
 * The CDK app: `cdk deploy [-c cluster=NAME] [-c zone=NAME] [-c vpc=... -c subnets=...]`; cdk.json runs this file with
 * Node 24.
 *
 * In: CDK context, the project's sources and lock. Out: a cloud assembly with one stack, `berth-<cluster>`.
 * Fails: bad context, a bundle that does not build, a finding of cdk-nag that nobody acknowledged.
 */
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { lookupEnvironment, readConfig } from './config.ts';
import { agentBundle, agentStart } from './host-asset/agent-bundle.ts';
import { hostArchives } from './host-asset/host-archive.ts';
import { BerthStack } from './stacks/berth-stack.ts';

const PROJECT = join(import.meta.dirname, '..');

// Without the analytics resource the template holds what is ours and nothing else.
const app = new App({ analyticsReporting: false });
const config = readConfig(app.node);
const archives = await hostArchives({
  project: PROJECT,
  cache: join(PROJECT, '.berth/cache/host-archives'),
  agent: await agentBundle(),
  ...(await agentStart()),
});
new BerthStack(app, `berth-${config.cluster}`, {
  ...config,
  ...lookupEnvironment(config, process.env),
  hostArchives: archives,
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

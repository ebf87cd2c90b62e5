/**
 * One local cloud in one process: AWS played on this machine, and the project's own CDK app deployed into it.
 *
 * Job: start the parts in order (see `startAws`), deploy the app, tell the cluster what this machine is, and keep
 *   `.berth/<cloud>.json` true while hosts come and go. No host exists until the first deploy asks for one.
 * In: a plan, where to tell the progress. Out: a `Cloud` and its parts, for tests and local/start.ts.
 * Fails: what was started is stopped and removed again; the error is that of the step which failed.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterSettings } from '../contract/http-api.ts';
import { startAws } from './aws.ts';
import type { Aws } from './aws.ts';
import { claim, release } from './claim.ts';
import { cleanUp } from './clean-up.ts';
import {
  apiEndpoint,
  DEPLOY_PARAMETERS,
  doorbellEndpoint,
  furnishAccount,
  publishAddress,
} from './emulator/account.ts';
import { bootstrap, deploy, synthesize } from './emulator/deploy.ts';
import type { Outputs } from './emulator/deploy.ts';
import { machineSettings } from './machine-settings.ts';
import { awsEndpoints } from './plan.ts';
import type { CloudPlan } from './plan.ts';
import { assertPortsFree } from './ports.ts';
import type { Progress } from './progress.ts';
import { signedFetch } from './signed-fetch.ts';
import { writeWhereabouts } from './whereabouts.ts';

export interface CloudOptions {
  /** Settings of the cluster beside those that follow from the machine; tests shorten times here. */
  readonly settings?: Partial<ClusterSettings>;
}

export interface Cloud extends Aws {
  readonly plan: CloudPlan;
  /** Of the deployed HTTP API, as this machine reaches it. */
  readonly endpoint: string;
  /** Name of the hosted zone. */
  readonly zoneName: string;
  /** Outputs of the deployed stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Stops everything and removes what it made. */
  close(): Promise<void>;
}

/** Starts a cloud; what an earlier one left under the same index is removed first. @throws IndexTaken */
export async function startCloud(
  plan: CloudPlan,
  report: Progress,
  options: CloudOptions = {},
): Promise<Cloud> {
  const left = claim(plan);
  await using parts = new AsyncDisposableStack();
  parts.defer(() => release(plan));
  await report.step('clean up what an earlier cloud left', async () => {
    if (left !== undefined) await cleanUp(left);
    await cleanUp(plan);
    rmSync(plan.paths.logs, { recursive: true, force: true });
  });
  await assertPortsFree(plan);
  parts.defer(() => cleanUp(plan));
  const aws = await startAws(plan, report);
  parts.defer(() => aws.close());
  const outputs = onlyStack(await deployApp(plan, report));
  const apiId = output(outputs, 'ApiId');
  const endpoint = apiEndpoint(plan, apiId, 'machine');
  const zoneName = output(outputs, 'ZoneName');
  await report.step('settings of the cluster', async () => {
    await publishAddress(plan, output(outputs, 'EndpointParameterName'), apiEndpoint(plan, apiId, 'host'));
    const doorbell = doorbellEndpoint(plan, output(outputs, 'DoorbellApiId'));
    await publishAddress(plan, output(outputs, 'DoorbellParameterName'), doorbell);
    const body = { ...machineSettings(), ...options.settings };
    await signedFetch(plan.region, { method: 'PATCH', url: `${endpoint}/v1/cluster`, body });
  });
  const write = (): void => {
    writeWhereabouts(plan, {
      endpoint,
      region: plan.region,
      aws: awsEndpoints(plan),
      zone: zoneName,
      dns: { address: '127.0.0.1', port: plan.ports.dns },
      hosts: aws.hosts(),
    });
  };
  write();
  aws.onHostsChange(write);
  const all = parts.move();
  return { ...aws, plan, endpoint, zoneName, outputs, close: () => all.disposeAsync() };
}

function deployApp(plan: CloudPlan, report: Progress): Promise<Outputs> {
  return report.step('deploy the CDK app', async (note) => {
    note('synthesizing, and preparing the account');
    const [assembly] = await Promise.all([synthesize(plan), bootstrap(plan), furnishAccount(plan)]);
    note(`deploying (log: ${join(plan.paths.logs, 'cdk-deploy.log')})`);
    return deploy(plan, assembly, DEPLOY_PARAMETERS);
  });
}

function onlyStack(outputs: Outputs): Readonly<Record<string, string>> {
  const [stack, ...more] = Object.values(outputs);
  if (stack === undefined || more.length > 0)
    throw new Error(`the CDK app has one stack; deployed were: ${Object.keys(outputs).join(', ') || 'none'}`);
  return stack;
}

function output(outputs: Readonly<Record<string, string>>, name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new Error(`the CDK app's stack has no output "${name}"`);
  return value;
}

/** A template that CloudFormation would refuse is an error of the synthesis, and not a warning that is read by nobody. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { CDK_CONTEXT } from '../support/berth-template.ts';

const outdir = mkdtempSync(join(tmpdir(), 'berth-validation-'));
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

it('with the context of the project, a property of the wrong type is refused', () => {
  const app = new App({ analyticsReporting: false, outdir, context: CDK_CONTEXT });
  const queue = { type: 'AWS::SQS::Queue', properties: { DelaySeconds: 'soon' } };
  new CfnResource(new Stack(app, 'stack'), 'Queue', queue);
  expect(() => app.synth()).toThrow(/ERROR DelaySeconds/);
});

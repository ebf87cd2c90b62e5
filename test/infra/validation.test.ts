/** What `app.test.ts` relies on: it fails when CloudFormation would refuse the app's template. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { STRICT } from '../support/berth-template.ts';

const outdir = mkdtempSync(join(tmpdir(), 'berth-validation-'));
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

it('a property of the wrong type is an error of a strict synthesis', () => {
  const app = new App({ analyticsReporting: false, outdir, context: STRICT });
  const queue = { type: 'AWS::SQS::Queue', properties: { DelaySeconds: 'soon' } };
  new CfnResource(new Stack(app, 'stack'), 'Queue', queue);
  expect(() => app.synth()).toThrow(/ERROR DelaySeconds/);
});

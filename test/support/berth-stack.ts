/** The CDK app's one stack for tests, in this process: without bundling, with stand-ins for the host archives. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { lookupEnvironment, readConfig } from '../../infra/config.ts';
import type { Architecture, HostArchive } from '../../infra/host-asset/host-archive.ts';
import { BerthStack } from '../../infra/stacks/berth-stack.ts';
import { CDK_CONTEXT, type TemplateShape } from './berth-template.ts';

/** What is written there is the same each time. */
const SCRATCH = join(import.meta.dirname, '../../.berth/cache/stand-ins');

export function standInArchives(): Record<Architecture, HostArchive> {
  const folder = join(SCRATCH, 'archives');
  mkdirSync(folder, { recursive: true });
  const archive = (architecture: Architecture): HostArchive => {
    const path = join(folder, `${architecture}.tar.gz`);
    writeFileSync(path, `stand-in for ${architecture}`);
    return { path, sha256: architecture === 'x86_64' ? 'a'.repeat(64) : 'b'.repeat(64), version: '1-test' };
  };
  return { x86_64: archive('x86_64'), arm64: archive('arm64') };
}

/** The app's one stack, not yet synthesised. */
export function berthStack(context: Record<string, unknown> = {}): BerthStack {
  const app = new App({
    analyticsReporting: false,
    builtinCloudFormationValidation: false, // takes seconds each time; app.test.ts runs the app with it
    outdir: join(SCRATCH, 'cdk.out'),
    context: { ...CDK_CONTEXT, 'aws:cdk:bundling-stacks': [], ...context },
  });
  const config = readConfig(app.node);
  return new BerthStack(app, 'berth', {
    ...config,
    ...lookupEnvironment(config, { CDK_DEFAULT_ACCOUNT: '111122223333', CDK_DEFAULT_REGION: 'eu-west-1' }),
    hostArchives: standInArchives(),
  });
}

export const templateOf = (stack: BerthStack): TemplateShape =>
  Template.fromStack(stack).toJSON() as TemplateShape;

/**
 * The CDK app's template for tests: synthesised in this process without bundling, with stand-ins for the host archives.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { lookupEnvironment, readConfig } from '../../infra/config.ts';
import type { Architecture, HostArchive } from '../../infra/host-asset/host-archive.ts';
import { BerthStack } from '../../infra/stacks/berth-stack.ts';

const PROJECT = join(import.meta.dirname, '../..');

/** What the CDK command gives the app: the flags of cdk.json. */
export const CDK_CONTEXT = (
  JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }
).context;

export interface CfnResourceShape {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}

export interface TemplateShape {
  readonly Parameters: Record<string, { Type: string; Default: string }>;
  readonly Resources: Record<string, CfnResourceShape>;
  readonly Outputs: Record<string, { Value: unknown }>;
}

export function standInArchives(): Record<Architecture, HostArchive> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-archives-'));
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
    context: { ...CDK_CONTEXT, 'aws:cdk:bundling-stacks': [], ...context },
  });
  const config = readConfig(app.node);
  return new BerthStack(app, 'berth', {
    ...config,
    ...lookupEnvironment(config, { CDK_DEFAULT_ACCOUNT: '111122223333', CDK_DEFAULT_REGION: 'eu-west-1' }),
    hostArchives: standInArchives(),
  });
}

export function berthTemplate(context: Record<string, unknown> = {}): TemplateShape {
  return Template.fromStack(berthStack(context)).toJSON() as TemplateShape;
}

/** Resources of one type by logical id without CDK's hash: `Table`, `QueuesWake`. */
export function resourcesOf(template: TemplateShape, type: string): Record<string, CfnResourceShape> {
  return Object.fromEntries(
    Object.entries(template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [withoutHash(id), resource]),
  );
}

/** The only one of its type. */
export function onlyOf(template: TemplateShape, type: string): CfnResourceShape {
  const found = Object.values(resourcesOf(template, type));
  if (found.length !== 1) throw new Error(`${found.length} resources of ${type}, not 1`);
  return found[0]!;
}

export const withoutHash = (logicalId: string) => logicalId.replace(/[0-9A-F]{8}$/, '');

const PSEUDO: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'REGION',
  'AWS::AccountId': 'ACCOUNT',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** A CloudFormation value as one readable string: `arn:aws:s3:::BUCKET/*`, `{Table.Arn}`, `{Zone}`. */
export function render(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const [[name, argument]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  switch (name) {
    case 'Ref':
      return PSEUDO[argument as string] ?? `{${withoutHash(argument as string)}}`;
    case 'Fn::GetAtt': {
      const [id, attribute] = argument as [string, string];
      return `{${withoutHash(id)}.${attribute}}`;
    }
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(render).join(separator);
    }
    case 'Fn::Sub':
      return (argument as string).replaceAll(/\$\{([^}]+)\}/g, (_, key: string) => PSEUDO[key] ?? `{${key}}`);
    case 'Fn::Base64':
      return render(argument);
    default:
      throw new Error(`no words for ${JSON.stringify(value)}`);
  }
}

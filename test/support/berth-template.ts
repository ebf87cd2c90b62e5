/**
 * The CDK app's template for tests: synthesised without bundling, with stand-ins for the host archives.
 *
 * To load the CDK takes seconds in each test file, so a process of its own synthesises, once for the same sources.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sourceDigest } from '../../local/emulator/source-digest.ts';
import { SOURCES } from '../../local/emulator/deploy.ts';
import { keepNewest } from '../../local/emulator/forget-old.ts';

/** Several for the same sources, of tests that run side by side. */
const TEMPLATES_KEPT = 40;
const PROJECT = join(import.meta.dirname, '../..');
/** Beside the app's own sources. */
const OWN_SOURCES = ['test/support/berth-stack.ts', 'test/support/print-template.ts'];

/** What the CDK command gives the app: the flags of cdk.json. */
export const CDK_CONTEXT = (
  JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }
).context;
/**
 * With it a template that CloudFormation would refuse is an error of the synthesis; else it is a warning. Not in cdk.json:
 * where names are looked up, the app first runs with stand-ins for ids, which are none.
 */
export const STRICT = { '@aws-cdk/core:validateAgainstDefaultRules': true };

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

export function berthTemplate(context: Record<string, unknown> = {}): TemplateShape {
  const asked = JSON.stringify(context);
  const file = join(PROJECT, '.berth/cache/templates', `${digestOf(asked)}.json`);
  if (!existsSync(file)) {
    const program = join(import.meta.dirname, 'print-template.ts');
    const text = execFileSync(process.execPath, [program, asked], { maxBuffer: 64 * 1024 * 1024 });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, text);
    renameSync(`${file}.${process.pid}`, file); // whole or not at all
    keepNewest(dirname(file), /^[0-9a-f]{24}\.json$/, TEMPLATES_KEPT);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as TemplateShape;
}

let sources: string | undefined;
function digestOf(context: string): string {
  sources ??= sourceDigest(PROJECT, [...SOURCES, ...OWN_SOURCES]);
  return createHash('sha256').update(`${sources} ${context}`).digest('hex').slice(0, 24);
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

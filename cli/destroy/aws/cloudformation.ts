/**
 * The three calls of CloudFormation that are needed, signed by hand: its SDK would be a package for three requests. Query
 * protocol, XML answers (AWS CloudFormation API Reference, 2010-05-15).
 */
import { sign } from '../../api/sign.ts';
import type { Credentials } from '../../api/target.ts';
import type { CloudStack } from '../account.ts';

export interface CloudFormationOptions {
  readonly endpoint: URL;
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
}

export function cloudFormation(options: CloudFormationOptions) {
  const call = async (action: string, name: string): Promise<string | null> => {
    const body = new URLSearchParams({ Action: action, Version: '2010-05-15', StackName: name }).toString();
    const request = {
      method: 'POST',
      url: options.endpoint,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body,
    };
    const credentials = await options.credentials();
    const scope = {
      service: 'cloudformation',
      region: options.region,
      credentials,
      now: new Date(),
    } as const;
    const headers = await sign(request, scope);
    const answer = await fetch(options.endpoint, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (answer.ok) return text;
    const message = textOf(text, 'Message') ?? text.slice(0, 200);
    if (/does not exist/.test(message)) return null;
    throw new Error(`CloudFormation refuses ${action}: ${message}`);
  };
  return {
    stack: async (name: string): Promise<CloudStack | null> => {
      const text = await call('DescribeStacks', name);
      const status = text === null ? null : textOf(text, 'StackStatus');
      if (text === null || status === null || status === 'DELETE_COMPLETE') return null;
      const outputs = outputsOf(text);
      return {
        status,
        reason: textOf(text, 'StackStatusReason') ?? '',
        zoneId: outputs.get('ZoneId') ?? null,
        tableName: outputs.get('TableName') ?? null,
      };
    },
    deleteStack: async (name: string): Promise<void> => {
      await call('DeleteStack', name);
    },
    failures: async (name: string): Promise<readonly string[]> => {
      const text = (await call('DescribeStackResources', name)) ?? '';
      return elements(text, 'member')
        .filter((member) => textOf(member, 'ResourceStatus') === 'DELETE_FAILED')
        .map((member) => `${textOf(member, 'LogicalResourceId')}: ${textOf(member, 'ResourceStatusReason')}`);
    },
  };
}

/** Text of the first element of that name. */
export function textOf(xml: string, name: string): string | null {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text === undefined ? null : unescaped(text);
}

/** Elements of that name that hold none of the same name. */
const elements = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>((?:(?!<${name}>)[\\s\\S])*?)</${name}>`, 'g'))].map(
    ([, inner = '']) => inner,
  );

function outputsOf(xml: string): ReadonlyMap<string, string> {
  return new Map(
    elements(xml, 'member').flatMap((member) => {
      const [key, value] = [textOf(member, 'OutputKey'), textOf(member, 'OutputValue')];
      return key === null || value === null ? [] : [[key, value] as const];
    }),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const unescaped = (text: string): string =>
  text.replace(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g,
    (whole, hex?: string, decimal?: string, word?: string) => {
      if (word !== undefined) return ENTITIES[word] ?? whole;
      return String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16));
    },
  );

/** The routes of the API as they are deployed, and calls that fit them. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Beat, Registration, Report } from '../../../contract/agent-protocol.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { ROOT_KEYS } from '../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../local/plan.ts';
import type { Call } from './calls.ts';

export interface DeployedRoute {
  readonly method: string;
  /** `/v1/stacks/{stack}` */
  readonly path: string;
  readonly isAgents: boolean;
}

/** @throws Error when there are none */
export async function deployedRoutes({ plan, outputs }: Cloud): Promise<readonly DeployedRoute[]> {
  const url = new URL(`/v2/apis/${outputs['ApiId'] ?? ''}/routes`, loopbackEndpoint(plan.ports.relay));
  const { region } = plan;
  const signer = new SignatureV4({ service: 'apigateway', region, credentials: ROOT_KEYS, sha256: Sha256 });
  const request = { method: 'GET', hostname: url.hostname, path: url.pathname, headers: { host: url.host } };
  const { headers } = await signer.sign(new HttpRequest(request));
  const { items = [] } = (await (await fetch(url, { headers })).json()) as { items?: { routeKey: string }[] };
  if (items.length === 0) throw new Error('the API has no routes');
  return items.map(({ routeKey }) => {
    const [method = '', path = ''] = routeKey.split(' ');
    return { method, path, isAgents: path.startsWith('/v1/agent/') };
  });
}

/** A call of a route about this host, or about a stack that does not exist. */
export function callOf({ method, path }: Omit<DeployedRoute, 'isAgents'>, host = 'h-nobody'): Call {
  const filled = path.replace('{host}', host).replace('{stack}', 'nobody').replace('{service}', 'nothing');
  return { method, path: filled, ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }) };
}

const JSON_TYPE = 'application/json';

/** Every call of an agent, with bodies that fit: what is refused is refused for who sends it. */
export function agentCalls(host: string, instanceId: string): readonly Call[] {
  const bootId = 'a-boot-of-a-test';
  const registration: Registration = {
    instanceId,
    bootId,
    agentVersion: 'test',
    address: '10.77.0.250',
    zone: 'us-east-1a',
    instanceType: 't3.small',
    architecture: 'x86_64',
    capacity: { cpuMillis: 1000, memoryBytes: 1_000_000_000, pids: 1000, diskBytes: 1_000_000_000 },
    docker: { version: '1', apiVersion: '1', cgroupVersion: '1', storageDriver: 'overlay2' },
  };
  const seen = { bootId, seq: 1, agentVersion: 'test', generation: 0 };
  const report: Report = { ...seen, dockerAnswers: true, tasks: [], images: [] };
  const usage = { cpuPercent: 0, memoryPercent: 0, diskPercent: 0 };
  const beat: Beat = { ...seen, ...usage, reportSeq: 0, silent: [], answering: [] };
  const path = `/v1/agent/hosts/${host}`;
  return [
    { method: 'POST', path: `${path}/registration`, type: JSON_TYPE, body: JSON.stringify(registration) },
    { method: 'GET', path: `${path}/manifest` },
    { method: 'PUT', path: `${path}/report`, type: JSON_TYPE, body: JSON.stringify(report) },
    { method: 'POST', path: `${path}/beat`, type: JSON_TYPE, body: JSON.stringify(beat) },
  ];
}

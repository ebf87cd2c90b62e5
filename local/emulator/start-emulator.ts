/**
 * Starts the emulator: MiniStack with signatures and IAM policies checked, on loopback, behind the relay.
 *
 * Its environment is also that of the Lambdas which it runs as Node programs: so Node 24 comes first in PATH, and
 * the endpoint variables lead them to the relay and to the gateways. Nothing else of this process's environment
 * goes in: no profile, no key, no proxy.
 */
import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { loopbackEndpoint } from '../plan.ts';
import type { CloudPlan } from '../plan.ts';
import { logTail, startService } from '../service.ts';
import type { Service } from '../service.ts';
import { waitUntil } from '../wait-until.ts';

const START_TIMEOUT_MS = 30_000;

/** Resolves when it answers. @throws Error with the end of its log when it ends, or not in time. */
export async function startEmulator(plan: CloudPlan): Promise<Service> {
  const { temporary } = plan.paths;
  mkdirSync(temporary, { mode: 0o700 }); // not there yet: whoever put something there under this name is no friend
  const service = startService(plan, {
    name: 'emulator',
    command: join(plan.paths.python, 'bin/python'),
    args: ['-m', 'ministack'],
    env: emulatorEnvironment(plan, temporary),
    cwd: temporary,
  });
  const health = `http://127.0.0.1:${String(plan.ports.emulator)}/_ministack/ready`;
  const check = async (): Promise<true | undefined> => {
    const ended = service.ended();
    if (ended !== undefined) throw new Error(`the emulator ended (${ended}):\n${logTail(service.log)}`);
    return (await answers(health)) || undefined;
  };
  try {
    await waitUntil(check, { what: `the emulator (log: ${service.log})`, timeoutMs: START_TIMEOUT_MS });
  } catch (error) {
    await service.stop();
    throw error;
  }
  return service;
}

/** The variables, each with its reason. */
export function emulatorEnvironment(plan: CloudPlan, temporary: string): Record<string, string> {
  const aws = loopbackEndpoint(plan.ports.relay);
  return {
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: temporary,
    LANG: 'C.UTF-8',
    TMPDIR: temporary, // unpacked Lambdas go with the cloud
    S3_DATA_DIR: join(temporary, 's3'),
    STATE_DIR: join(temporary, 'state'),
    PYTHONUNBUFFERED: '1',
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(plan.ports.emulator),
    MINISTACK_REGION: plan.region,
    MINISTACK_ACCOUNT_ID: plan.account,
    AUTH: 'true',
    CLOUDTRAIL_RECORDING: '1',
    SFTP_ENABLED: '0', // fixed ports that a second cloud would want too
    IOT_MTLS_ENABLED: '0',
    AWS_EC2_METADATA_DISABLED: 'true', // no Lambda may wait for a metadata service
    AWS_ENDPOINT_URL: aws,
    AWS_ENDPOINT_URL_S3: aws,
    AWS_ENDPOINT_URL_EC2: loopbackEndpoint(plan.ports.ec2),
    AWS_ENDPOINT_URL_ROUTE_53: loopbackEndpoint(plan.ports.route53),
    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: loopbackEndpoint(plan.ports.websocket),
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

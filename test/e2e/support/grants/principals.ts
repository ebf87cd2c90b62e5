/**
 * Who may call AWS here: the seven functions and the hosts, each by its name, its role and its access keys.
 *
 * The emulator gives a function's processes the keys of a session of its role; they are read from those processes. The
 * metadata service says which keys it gave to hosts. So whoever made a recorded call is known by the call's key.
 */
import { readFileSync } from 'node:fs';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Cloud } from '../../../../local/cloud.ts';
import { ROOT_KEYS } from '../../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../../local/plan.ts';
import { waitUntil } from '../../../../local/wait-until.ts';
import { workersOf } from '../launches.ts';

export const HOST = 'Host';
export const ROOT = 'root';

export interface Principal {
  /** `Api`, `AgentApi`, ... as in the stack's outputs; `Host` for the role of all hosts. */
  readonly name: string;
  /** The role's own name. */
  readonly role: string;
}

export interface FunctionPrincipal extends Principal {
  readonly functionName: string;
  readonly logGroup: string;
}

export async function functionsOf({ plan, outputs }: Cloud): Promise<readonly FunctionPrincipal[]> {
  const client = new LambdaClient({
    region: plan.region,
    endpoint: loopbackEndpoint(plan.ports.relay),
    credentials: ROOT_KEYS,
  });
  const outputsOfFunctions = Object.entries(outputs).filter(([output]) => output.endsWith('Function'));
  const functions = await Promise.all(
    outputsOfFunctions.map(async ([output, functionName]) => {
      const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName: functionName }));
      return {
        name: output.replace(/Function$/, ''),
        role: found.Role?.split('/').at(-1) ?? '',
        functionName,
        logGroup: found.LoggingConfig?.LogGroup ?? '',
      };
    }),
  );
  client.destroy();
  return functions;
}

export const hostsRole = ({ outputs }: Cloud): Principal => ({
  name: HOST,
  role: outputs['HostRoleName'] ?? '',
});

/** The rule of `tick` calls once a minute; every other function was called by then. */
const WORKERS_MS = 75_000;

/** Called by CloudFormation alone, when the stack is made or deleted: it need not have a process, and calls nothing meanwhile. */
const GUARD = 'DeleteGuard';

/** Access key -> whose it is, the account's root included. @throws Error when a function does not run in time */
export async function keyHolders(
  cloud: Cloud,
  functions: readonly FunctionPrincipal[],
): Promise<ReadonlyMap<string, string>> {
  const holders = new Map<string, string>([[ROOT_KEYS.accessKeyId, ROOT]]);
  for (const { name, functionName } of functions.filter((one) => one.name !== GUARD))
    for (const key of await workersKeys(cloud, functionName)) holders.set(key, name);
  for (const { accessKeyId } of cloud.metadata.issuedKeys()) holders.set(accessKeyId, HOST);
  return holders;
}

/** Keys that the processes of a function have; waits until it has one. */
function workersKeys(cloud: Cloud, functionName: string): Promise<readonly string[]> {
  const look = (): Promise<readonly string[] | undefined> => {
    const keys = workersOf(cloud, functionName).flatMap(keyOfProcess);
    return Promise.resolve(keys.length > 0 ? keys : undefined);
  };
  return waitUntil(look, { what: `a process of ${functionName}`, timeoutMs: WORKERS_MS });
}

function keyOfProcess(pid: number): readonly string[] {
  try {
    const environment = readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0');
    return environment.flatMap((line) => /^AWS_ACCESS_KEY_ID=(.+)$/.exec(line)?.[1] ?? []);
  } catch {
    return []; // it ended meanwhile
  }
}

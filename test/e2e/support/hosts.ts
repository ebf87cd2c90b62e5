/** Inside the hosts: their Docker Engine, their agent. */
import type { Replica } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { inHost } from '../../../local/metal/in-host.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import type { HostWhereabouts } from '../../../local/whereabouts.ts';
import type { Keys } from './calls.ts';

type Target = Pick<Cloud, 'hosts'>;

/** @param id Berth's name of the host, as in a replica. @throws Error when it is not there */
export function hostNamed(cloud: Target, id: string | null): HostWhereabouts {
  const found = cloud.hosts().find((host) => host.id === id);
  if (found === undefined)
    throw new Error(
      `no host ${String(id)}; there are ${cloud
        .hosts()
        .map((host) => host.id)
        .join(', ')}`,
    );
  return found;
}

/** Runs a shell script on a host. @throws RunError */
export const sh = (host: HostWhereabouts, script: string): Promise<string> =>
  inHost(host, ['sh', '-c', script]);

/** Runs Docker's command line on a host. @throws RunError */
export const docker = (host: HostWhereabouts, ...args: string[]): Promise<string> =>
  inHost(host, ['docker', ...args]);

/** The keys of a host's role, asked for on the host as its agent asks: of its metadata service. */
export async function keysOf(host: HostWhereabouts): Promise<Keys> {
  const said = await sh(
    host,
    `imds=http://169.254.169.254/latest
    token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $imds/api/token)
    get() { curl -sf -H "X-aws-ec2-metadata-token: $token" "$imds/meta-data/iam/security-credentials/$1"; }
    get "$(get '')"`,
  );
  const { AccessKeyId, SecretAccessKey, Token } = JSON.parse(said) as Readonly<Record<string, string>>;
  if (!AccessKeyId || !SecretAccessKey || !Token) throw new Error(`${host.id} got no keys: ${said}`);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}

export interface RunningContainer {
  readonly host: HostWhereabouts;
  readonly id: string;
}

/** The container that runs a replica's task, in a moment when it is being restarted. @throws Error when there is none */
export async function containerOf(cloud: Target, replica: Replica): Promise<RunningContainer> {
  const host = hostNamed(cloud, replica.host);
  const filter = `name=berth-${String(replica.task)}`;
  const find = async (): Promise<string | undefined> => {
    const id = (await docker(host, 'ps', '-q', '--no-trunc', '--filter', filter)).trim();
    return /^[0-9a-f]{64}$/.test(id) ? id : undefined;
  };
  const id = await waitUntil(find, {
    what: `one container of ${replica.replica}`,
    timeoutMs: 60_000,
    everyMs: 200,
  });
  return { host, id };
}

/** Every container of every host that runs: `host id StartedAt`, sorted. */
export async function runningContainers(cloud: Target): Promise<readonly string[]> {
  const format = '{{.Id}} {{.State.StartedAt}}';
  const lists = await Promise.all(
    cloud.hosts().map(async (host) => {
      const text = await sh(host, `docker ps -q | xargs -r docker inspect --format '${format}'`);
      return text
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => `${host.id} ${line}`);
    }),
  );
  return lists.flat().sort();
}

/** Rows of a service's properties that Berth refuses as a whole. */
import { refused, type Area, type Row } from './row.ts';

const no = (property: string, reason: string, instead: string, area?: Area) =>
  refused(`services.*.${property}`, reason, instead, area);

const LIMITS = 'use `deploy.resources.limits';
const SHARED = 'a replica shares no namespace with its host or with other containers';
const TUNING = 'Berth does not set it, and hosts come and go with Docker’s defaults';

const building: readonly Row[] = [
  no('build', 'Berth builds no images', 'build and push it, then name it in `image`'),
  no(
    'develop',
    'it is for working on one’s own machine',
    'keep it in a file of its own for `docker compose watch`',
  ),
  no(
    'pull_policy',
    'a host pulls an image when it does not have it',
    'leave it out, and give each build a tag of its own',
    'rollouts',
  ),
  no(
    'pull_refresh_after',
    'a host pulls an image when it does not have it',
    'leave it out, and give each build a tag of its own',
    'rollouts',
  ),
];

const composition: readonly Row[] = [
  no(
    'extends',
    'Berth does not merge services yet',
    'write the properties here, or share them with a YAML anchor and `<<`',
    'Compose loading',
  ),
  no(
    'env_file',
    'Berth gets one file and cannot read others beside it',
    'copy the variables into `environment`',
    'Compose loading',
  ),
  no(
    'label_file',
    'Berth gets one file and cannot read others beside it',
    'copy the labels into `labels`',
    'Compose loading',
  ),
  no(
    'profiles',
    'every service of the file is deployed',
    'keep the services of a profile in a file of their own',
    'Compose loading',
  ),
  no(
    'depends_on',
    'the services of a stack start side by side',
    'leave it out, and let the program retry until what it needs answers',
    'Compose loading',
  ),
  no('scale', '`deploy.replicas` says the same', 'use `deploy.replicas`', 'Compose loading'),
  no('provider', 'Berth runs containers only', 'run it outside the stack'),
  no('attach', 'it steers the terminal of `docker compose up`', 'leave it out', 'logs'),
  no(
    'container_name',
    'replicas are told apart by name, and Berth gives them theirs',
    'leave it out: the first replica of `web` is `web-1`',
  ),
  no('pre_start', 'Berth runs no steps around a container', 'do it in the image’s entrypoint', 'rollouts'),
  no('post_start', 'Berth runs no steps around a container', 'do it in the image’s entrypoint', 'rollouts'),
  no(
    'pre_stop',
    'Berth runs no steps around a container',
    'handle the stop signal; the replica is out of DNS by then',
    'rollouts',
  ),
];

const network: readonly Row[] = [
  no(
    'networks',
    'hosts share one network; Berth makes no networks of its own',
    'leave it out: replicas reach each other by their SRV records',
    'names between services',
  ),
  no('network_mode', SHARED, 'leave it out'),
  no(
    'links',
    'names between containers do not exist yet',
    'look the other service up by its SRV record',
    'names between services',
  ),
  no(
    'external_links',
    'names between containers do not exist yet',
    'look the other service up by its SRV record',
    'names between services',
  ),
  no(
    'expose',
    'it publishes nothing, and Berth publishes what is listed under `ports`',
    'list the port under `ports`',
    'names between services',
  ),
  no(
    'hostname',
    'all replicas would have the same',
    'leave it out, and read BERTH_REPLICA in the container',
    'names between services',
  ),
  no('domainname', 'all replicas would have the same', 'leave it out', 'names between services'),
  no(
    'extra_hosts',
    'addresses of hosts change',
    'use a DNS name that resolves in the VPC',
    'names between services',
  ),
  no(
    'dns',
    'containers use the resolver of their host, which knows the stack’s zone',
    'leave it out',
    'names between services',
  ),
  no(
    'dns_opt',
    'containers use the resolver of their host, which knows the stack’s zone',
    'leave it out',
    'names between services',
  ),
  no(
    'dns_search',
    'containers use the resolver of their host, which knows the stack’s zone',
    'leave it out, and write full names',
    'names between services',
  ),
  no('mac_address', 'all replicas would have the same', 'leave it out'),
];

const data: readonly Row[] = [
  no(
    'volumes',
    'a replica can be placed on another host at any time, and nothing carries its data there yet',
    'use `tmpfs` for scratch space, or a store outside the stack for data',
    'volumes',
  ),
  no(
    'volumes_from',
    'a replica can be placed on another host at any time, and nothing carries its data there yet',
    'use a store outside the stack',
    'volumes',
  ),
  no(
    'secrets',
    'secrets are not delivered to hosts yet',
    'let the program fetch the secret itself',
    'secrets and configs',
  ),
  no(
    'configs',
    'configs are not delivered to hosts yet',
    'build the file into the image, or pass its values in `environment`',
    'secrets and configs',
  ),
  no('credential_spec', 'it is for Windows', 'leave it out'),
  no('models', 'Berth serves no language models', 'run the model as a service of its own, from an image'),
  no('storage_opt', TUNING, 'leave it out'),
  no('shm_size', TUNING, 'mount a `tmpfs` where the program can be told to use it'),
];

const resources: readonly Row[] = [
  no('cpus', '`deploy.resources.limits.cpus` says the same', `${LIMITS}.cpus\``, 'Compose loading'),
  no('mem_limit', '`deploy.resources.limits.memory` says the same', `${LIMITS}.memory\``, 'Compose loading'),
  no(
    'mem_reservation',
    '`deploy.resources.reservations.memory` says the same',
    'use `deploy.resources.reservations.memory`',
    'Compose loading',
  ),
  no('pids_limit', '`deploy.resources.limits.pids` says the same', `${LIMITS}.pids\``, 'Compose loading'),
  no('memswap_limit', 'a memory limit of Berth covers swap', `${LIMITS}.memory\``),
  no('mem_swappiness', TUNING, 'leave it out'),
  no('cpu_count', 'it is for Windows', `${LIMITS}.cpus\``),
  no('cpu_percent', 'it is for Windows', `${LIMITS}.cpus\``),
  no('cpu_shares', 'shares follow from the reserved CPU', 'use `deploy.resources.reservations.cpus`'),
  no('cpu_quota', '`deploy.resources.limits.cpus` says the same', `${LIMITS}.cpus\``),
  no('cpu_period', '`deploy.resources.limits.cpus` says the same', `${LIMITS}.cpus\``),
  no('cpu_rt_period', TUNING, 'leave it out'),
  no('cpu_rt_runtime', TUNING, 'leave it out'),
  no('cpuset', 'hosts differ in their CPUs, and placement counts whole hosts', `${LIMITS}.cpus\``),
  no('blkio_config', TUNING, 'leave it out'),
  no(
    'oom_kill_disable',
    'a container without room would stop its host',
    'leave it out, and raise `deploy.resources.limits.memory`',
  ),
  no('oom_score_adj', TUNING, 'leave it out'),
  no('ulimits', TUNING, 'leave it out; for processes use `deploy.resources.limits.pids`', 'Compose loading'),
  no('gpus', 'hosts do not offer devices', 'leave it out', 'placement'),
  no('devices', 'hosts do not offer devices', 'leave it out', 'placement'),
  no('device_cgroup_rules', 'hosts do not offer devices', 'leave it out', 'placement'),
];

const isolation: readonly Row[] = [
  no(
    'privileged',
    'a privileged container can do anything to its host and to what else runs there',
    'name what it needs in `cap_add`',
  ),
  no(
    'security_opt',
    'every container runs with no-new-privileges and Docker’s default profiles',
    'leave it out',
  ),
  no(
    'use_api_socket',
    'Docker’s socket is never given to a container: it is the host’s root',
    'leave it out',
  ),
  no('userns_mode', SHARED, 'leave it out'),
  no('pid', SHARED, 'leave it out'),
  no('ipc', SHARED, 'leave it out'),
  no('uts', SHARED, 'leave it out'),
  no('cgroup', SHARED, 'leave it out'),
  no('cgroup_parent', 'the host’s agent decides where a container’s limits hang', 'leave it out'),
  no('isolation', 'it is for Windows', 'leave it out'),
  no('runtime', 'hosts have Docker’s default runtime only', 'leave it out'),
  no('sysctls', TUNING, 'leave it out', 'Compose loading'),
  no('group_add', TUNING, 'give the group in `user`: `uid:gid`', 'Compose loading'),
  no('umask', TUNING, 'set it in the image’s entrypoint'),
];

const surroundings: readonly Row[] = [
  no('annotations', 'Berth passes labels only', 'use `labels`'),
  no('logging', 'containers log to files of their host, three of 10 MB each', 'leave it out', 'logs'),
  no('stdin_open', 'no terminal can be attached to a replica', 'leave it out', 'console'),
  no('tty', 'no terminal can be attached to a replica', 'leave it out', 'console'),
];

export const unsupportedRows: readonly Row[] = [
  ...building,
  ...composition,
  ...network,
  ...data,
  ...resources,
  ...isolation,
  ...surroundings,
];

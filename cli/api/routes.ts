/** The routes of contract/http-api.ts that verbs use, one function each. */
import type {
  ClusterSettings,
  DeleteStackReply,
  EventList,
  HostView,
  PutStackReply,
  Replica,
  ReplicaPlacement,
  StackDetail,
  StackSummary,
  Version,
} from '../../contract/http-api.ts';
import {
  clusterSettings,
  deleteStackReply,
  eventList,
  hostList,
  hostView,
  poolRemoved,
  putStackReply,
  replicaList,
  replicaPlacement,
  stackDetail,
  stackList,
  version,
} from '../../contract/http-api.ts';
import { DNS_LABEL, HOST_ID } from '../../contract/names.ts';
import {
  autoscaleStatus,
  scaleTimeline,
  serviceScaling,
  type AutoscaleStatus,
  type ScaleRequest,
  type ScaleTimeline,
  type ServiceScaling,
} from '../../contract/scale-api.ts';
import { POOL_NAME, poolList, poolView, type PoolSpec, type PoolView } from '../../contract/pool-spec.ts';
import { badInput, CliError } from '../cli-error.ts';
import type { ApiClient } from './api-client.ts';

/** @throws CliError exit 2 when it can be no stack's name: it would become part of a path. */
export function stackName(text: string): string {
  if (DNS_LABEL.test(text)) return text;
  throw badInput(
    `"${text}" is no name of a stack`,
    'a name is a DNS label: lower-case letters, digits and inner hyphens, at most 63 characters',
  );
}

export const putStack = (api: ApiClient, stack: string, compose: Uint8Array): Promise<PutStackReply> =>
  api.call({
    method: 'PUT',
    path: `/v1/stacks/${stackName(stack)}`,
    body: { type: 'application/yaml', content: compose },
    reply: putStackReply,
  });

/** Null: there is no such stack. */
export const getStack = (api: ApiClient, stack: string): Promise<StackDetail | null> =>
  unlessMissing(api.call({ method: 'GET', path: `/v1/stacks/${stackName(stack)}`, reply: stackDetail }));

/** Null: there is no such stack. */
export const deleteStack = (api: ApiClient, stack: string): Promise<DeleteStackReply | null> =>
  unlessMissing(
    api.call({ method: 'DELETE', path: `/v1/stacks/${stackName(stack)}`, reply: deleteStackReply }),
  );

export const listStacks = (api: ApiClient): Promise<readonly StackSummary[]> =>
  api.call({ method: 'GET', path: '/v1/stacks', reply: stackList });

/** Of one stack, or of all. */
export const listReplicas = (api: ApiClient, stack?: string): Promise<readonly Replica[]> =>
  api.call({
    method: 'GET',
    path: stack === undefined ? '/v1/replicas' : `/v1/stacks/${stackName(stack)}/replicas`,
    reply: replicaList,
  });

/** A service of a stack: `shop/web`. */
export interface ServiceName {
  readonly stack: string;
  readonly service: string;
}

/** @throws CliError exit 2 when it can be no service's name: it would become part of a path. */
export function serviceName(text: string): ServiceName {
  const [stack = '', service = '', ...more] = text.split('/');
  if (DNS_LABEL.test(stack) && DNS_LABEL.test(service) && more.length === 0) return { stack, service };
  throw badInput(
    `"${text}" is no name of a service`,
    'write stack and service, such as shop/web; `berth stacks` lists them',
  );
}

const servicePath = ({ stack, service }: ServiceName): string => `/v1/stacks/${stack}/services/${service}`;

export const scaleService = (
  api: ApiClient,
  name: ServiceName,
  request: ScaleRequest,
): Promise<ServiceScaling> =>
  api.call({
    method: 'PUT',
    path: `${servicePath(name)}/scale`,
    body: { type: 'application/json', content: JSON.stringify(request) },
    reply: serviceScaling,
  });

export const unscaleService = (api: ApiClient, name: ServiceName): Promise<ServiceScaling> =>
  api.call({ method: 'DELETE', path: `${servicePath(name)}/scale`, reply: serviceScaling });

export const getAutoscale = (api: ApiClient, name: ServiceName): Promise<AutoscaleStatus> =>
  api.call({ method: 'GET', path: `${servicePath(name)}/autoscale`, reply: autoscaleStatus });

/** Oldest first, from `sinceMs` on. */
export const getTimeline = (api: ApiClient, name: ServiceName, sinceMs: number): Promise<ScaleTimeline> =>
  api.call({
    method: 'GET',
    path: `${servicePath(name)}/autoscale/timeline`,
    query: { since: new Date(sinceMs).toISOString() },
    reply: scaleTimeline,
  });

/** Every host with its verdict on one replica (`web-3`). */
export const explainPlacement = (api: ApiClient, stack: string, replica: string): Promise<ReplicaPlacement> =>
  api.call({
    method: 'GET',
    path: `/v1/stacks/${stackName(stack)}/replicas/${replicaOf(replica)}/placement`,
    reply: replicaPlacement,
  });

/** @throws CliError exit 2 when it can be no replica's name: it would become part of a path. */
function replicaOf(text: string): string {
  if (DNS_LABEL.test(text)) return text;
  throw badInput(`"${text}" is no name of a replica`, '`berth ps` lists them, such as web-3');
}

export const listHosts = (api: ApiClient): Promise<readonly HostView[]> =>
  api.call({ method: 'GET', path: '/v1/hosts', reply: hostList });

/** @throws CliError exit 2 when it can be no host's id: it would become part of a path. */
export function hostId(text: string): string {
  if (HOST_ID.test(text)) return text;
  throw badInput(`"${text}" is no id of a host`, '`berth hosts` lists them, such as h-4f7k2m9x1c');
}

export const drainHost = (
  api: ApiClient,
  host: string,
  request: { readonly reason?: string | undefined; readonly deadlineMs?: number | undefined },
): Promise<HostView> =>
  api.call({
    method: 'PUT',
    path: `/v1/hosts/${hostId(host)}/drain`,
    body: { type: 'application/json', content: JSON.stringify(request) },
    reply: hostView,
  });

export const undrainHost = (api: ApiClient, host: string): Promise<HostView> =>
  api.call({ method: 'DELETE', path: `/v1/hosts/${hostId(host)}/drain`, reply: hostView });

/** Oldest first; without `after` the newest `limit` ones. */
export const listEvents = (
  api: ApiClient,
  query: { readonly stack?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<EventList> =>
  api.call({
    method: 'GET',
    path: '/v1/events',
    query: { stack: query.stack, after: query.after, limit: String(query.limit) },
    reply: eventList,
  });

export const getCluster = (api: ApiClient): Promise<ClusterSettings> =>
  api.call({ method: 'GET', path: '/v1/cluster', reply: clusterSettings });

export const patchCluster = (api: ApiClient, patch: object): Promise<ClusterSettings> =>
  api.call({
    method: 'PATCH',
    path: '/v1/cluster',
    body: { type: 'application/json', content: JSON.stringify(patch) },
    reply: clusterSettings,
  });

export const listPools = (api: ApiClient): Promise<readonly PoolView[]> =>
  api.call({ method: 'GET', path: '/v1/pools', reply: poolList });

/** @throws CliError exit 2 when it can be no pool's name: it would become part of a path. */
function poolName(text: string): string {
  if (POOL_NAME.test(text)) return text;
  throw badInput(
    `"${text}" is no name of a pool`,
    'lower-case letters, digits and inner hyphens, such as batch',
  );
}

export const putPool = (api: ApiClient, name: string, spec: PoolSpec): Promise<PoolView> =>
  api.call({
    method: 'PUT',
    path: `/v1/pools/${poolName(name)}`,
    body: { type: 'application/json', content: JSON.stringify(spec) },
    reply: poolView,
  });

export const deletePool = (api: ApiClient, name: string): Promise<{ readonly name: string }> =>
  api.call({ method: 'DELETE', path: `/v1/pools/${poolName(name)}`, reply: poolRemoved });

export const getVersion = (api: ApiClient): Promise<Version> =>
  api.call({ method: 'GET', path: '/v1/version', reply: version });

export async function unlessMissing<T>(reply: Promise<T>): Promise<T | null> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof CliError && error.code === 'not-found') return null;
    throw error;
  }
}

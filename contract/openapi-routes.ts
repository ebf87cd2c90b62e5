/** Every route of the HTTP API, as `http-api.ts` and `agent-protocol.ts` list them, with what a reader wants to know. */
import type { BodyName } from './openapi.ts';

export interface Parameter {
  readonly name: string;
  readonly at: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly required?: boolean;
}

export interface RouteDoc {
  readonly method: 'get' | 'put' | 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  readonly body?: BodyName;
  /** The body may be a Compose document instead. */
  readonly compose?: true;
  readonly reply: { readonly description: string; readonly body?: BodyName };
  /** When the answer is 304. */
  readonly notModified?: string;
  readonly errors: readonly number[];
}

const label = { type: 'string', pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$' };
const stack: Parameter = { name: 'stack', at: 'path', description: 'Name of the stack.', schema: label };
const service: Parameter = {
  name: 'service',
  at: 'path',
  description: 'Name of the service.',
  schema: label,
};
const drained: Parameter = {
  name: 'host',
  at: 'path',
  description: 'Id of the host.',
  schema: { type: 'string', pattern: '^h-[a-z0-9]{6,20}$' },
};
const pool: Parameter = {
  name: 'pool',
  at: 'path',
  description: 'Name of the pool.',
  schema: { type: 'string', pattern: '^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$' },
};
const host: Parameter = {
  name: 'host',
  at: 'path',
  description: 'Id of the host that calls.',
  schema: { type: 'string', pattern: '^h-[a-z0-9]{6,20}$' },
};

const replica: Parameter = {
  name: 'replica',
  at: 'path',
  description: 'Service and number: `web-3`.',
  schema: { type: 'string', pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$' },
};

/** Any route can answer with these. */
const ALWAYS = [403, 500, 503];
/** A body that does not fit, or is too large. */
const BODY = [400, 413];

type Given = Omit<RouteDoc, 'parameters' | 'errors'> & {
  parameters?: readonly Parameter[];
  errors?: readonly number[];
};

const route = ({ parameters = [], errors = [], ...rest }: Given): RouteDoc => ({
  ...rest,
  parameters,
  errors: [...errors, ...ALWAYS].sort((a, b) => a - b),
});

const operators: readonly RouteDoc[] = [
  route({
    method: 'put',
    path: '/v1/stacks/{stack}',
    operationId: 'putStack',
    summary: 'Deploy a stack',
    description:
      'Takes a Compose document or a stack spec. Changed content makes a new revision; the same content changes nothing and says so. `warnings` tells what was taken but may not be meant. The deploy itself goes on after the answer.',
    parameters: [stack],
    body: 'StackSpec',
    compose: true,
    reply: { description: 'The wanted revision.', body: 'PutStackReply' },
    errors: [...BODY, 409, 415],
  }),
  route({
    method: 'get',
    path: '/v1/stacks',
    operationId: 'listStacks',
    summary: 'List all stacks',
    reply: { description: 'Every stack with the state of its services.', body: 'StackList' },
  }),
  route({
    method: 'get',
    path: '/v1/stacks/{stack}',
    operationId: 'getStack',
    summary: 'Show a stack and its spec',
    parameters: [stack],
    reply: { description: 'The stack.', body: 'StackDetail' },
    errors: [400, 404],
  }),
  route({
    method: 'delete',
    path: '/v1/stacks/{stack}',
    operationId: 'deleteStack',
    summary: 'Remove a stack',
    description: 'Its replicas leave DNS, then stop; the stack is gone when nothing of it runs any more.',
    parameters: [stack],
    reply: { description: 'How far it is.', body: 'DeleteStackReply' },
    errors: [400, 404, 409],
  }),
  route({
    method: 'get',
    path: '/v1/stacks/{stack}/replicas',
    operationId: 'listStackReplicas',
    summary: 'List the replicas of a stack',
    parameters: [stack],
    reply: { description: 'One row a replica.', body: 'ReplicaList' },
    errors: [400, 404],
  }),
  route({
    method: 'put',
    path: '/v1/stacks/{stack}/services/{service}/scale',
    operationId: 'scaleService',
    summary: 'Set bounds for the number of replicas by hand',
    description:
      'They take the place of the document’s bounds and schedules until they are taken back; `min` and `max` alike fix the number. Of a service that is not autoscaled both are one number, which holds until its document says another one than now.',
    parameters: [stack, service],
    body: 'ScaleRequest',
    reply: { description: 'How many replicas are wanted now.', body: 'ServiceScaling' },
    errors: [...BODY, 404, 409],
  }),
  route({
    method: 'delete',
    path: '/v1/stacks/{stack}/services/{service}/scale',
    operationId: 'unscaleService',
    summary: 'Take back what was set by hand',
    parameters: [stack, service],
    reply: { description: 'How many replicas are wanted now.', body: 'ServiceScaling' },
    errors: [400, 404, 409],
  }),
  route({
    method: 'get',
    path: '/v1/stacks/{stack}/services/{service}/autoscale',
    operationId: 'getAutoscale',
    summary: 'Show what the autoscaler makes of a service now, and why',
    parameters: [stack, service],
    reply: { description: 'Rules, bounds, loads and what is asked for.', body: 'AutoscaleStatus' },
    errors: [400, 404],
  }),
  route({
    method: 'get',
    path: '/v1/stacks/{stack}/services/{service}/autoscale/timeline',
    operationId: 'getTimeline',
    summary: 'Read how load, replicas and hosts went',
    description: 'A row when something moved, and each five minutes; kept for 14 days.',
    parameters: [
      stack,
      service,
      {
        name: 'since',
        at: 'query',
        description: 'From then on; absent: the last hour.',
        schema: { type: 'string', format: 'date-time' },
      },
    ],
    reply: { description: 'Points, oldest first; the newest 5000.', body: 'ScaleTimeline' },
    errors: [400, 404],
  }),
  route({
    method: 'get',
    path: '/v1/stacks/{stack}/replicas/{replica}/placement',
    operationId: 'explainPlacement',
    summary: 'Say why a replica is where it is',
    description:
      'Every host with its verdict: what refuses it, or its score in parts. For a replica that fits nowhere, what would have to change.',
    parameters: [stack, replica],
    reply: { description: 'The verdicts.', body: 'ReplicaPlacement' },
    errors: [400, 404],
  }),
  route({
    method: 'get',
    path: '/v1/replicas',
    operationId: 'listReplicas',
    summary: 'List the replicas of all stacks',
    reply: { description: 'One row a replica.', body: 'ReplicaList' },
  }),
  route({
    method: 'get',
    path: '/v1/hosts',
    operationId: 'listHosts',
    summary: 'List all hosts',
    reply: { description: 'One row a host.', body: 'HostList' },
  }),
  route({
    method: 'put',
    path: '/v1/hosts/{host}/drain',
    operationId: 'drainHost',
    summary: 'Empty a host and terminate it',
    description:
      'Nothing new is placed there. Its replicas move to other hosts, one of a service at a time, each only when its replacement is healthy; then its instance is terminated. Asked twice, it happens once; the earlier deadline stands.',
    parameters: [drained],
    body: 'DrainRequest',
    reply: { description: 'The host.', body: 'Host' },
    errors: [...BODY, 404, 409],
  }),
  route({
    method: 'delete',
    path: '/v1/hosts/{host}/drain',
    operationId: 'undrainHost',
    summary: 'Keep a host after all',
    description: 'It takes tasks again. What has left it does not come back.',
    parameters: [drained],
    reply: { description: 'The host.', body: 'Host' },
    errors: [400, 404, 409],
  }),
  route({
    method: 'get',
    path: '/v1/events',
    operationId: 'listEvents',
    summary: 'Read what was decided, and why',
    parameters: [
      { name: 'stack', at: 'query', description: 'Only events of this stack.', schema: label },
      {
        name: 'after',
        at: 'query',
        description: 'Id of the last event that is known already.',
        schema: { type: 'string' },
      },
      {
        name: 'limit',
        at: 'query',
        description: 'At most this many.',
        schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
      },
    ],
    reply: { description: 'Events, oldest first; `next` reads on.', body: 'EventList' },
    errors: [400],
  }),
  route({
    method: 'get',
    path: '/v1/cluster',
    operationId: 'getCluster',
    summary: 'Show the cluster’s settings',
    reply: { description: 'The settings.', body: 'ClusterSettings' },
  }),
  route({
    method: 'patch',
    path: '/v1/cluster',
    operationId: 'changeCluster',
    summary: 'Change some of the cluster’s settings',
    body: 'ClusterPatch',
    reply: { description: 'All settings, as they are now.', body: 'ClusterSettings' },
    errors: [...BODY, 409],
  }),
  route({
    method: 'get',
    path: '/v1/pools',
    operationId: 'listPools',
    summary: 'List the pools of hosts',
    reply: { description: 'One row a pool; `default` first.', body: 'PoolList' },
  }),
  route({
    method: 'put',
    path: '/v1/pools/{pool}',
    operationId: 'putPool',
    summary: 'Make a pool, or replace all of it',
    description:
      'Hosts that are there stay as they are. Security groups and the VPC are those that the cluster was deployed with.',
    parameters: [pool],
    body: 'PoolSpec',
    reply: { description: 'The pool as it is now.', body: 'PoolView' },
    errors: [...BODY, 409],
  }),
  route({
    method: 'delete',
    path: '/v1/pools/{pool}',
    operationId: 'deletePool',
    summary: 'Remove a pool without hosts',
    parameters: [pool],
    reply: { description: 'It is gone.', body: 'PoolRemoved' },
    errors: [400, 404, 409],
  }),
  route({
    method: 'get',
    path: '/v1/version',
    operationId: 'getVersion',
    summary: 'Show what answers',
    reply: { description: 'Version, cluster, zone, region.', body: 'Version' },
  }),
  route({
    method: 'get',
    path: '/v1/openapi.json',
    operationId: 'getOpenApi',
    summary: 'Read this document',
    reply: { description: 'OpenAPI 3.1.' },
  }),
];

const agents: readonly RouteDoc[] = [
  route({
    method: 'post',
    path: '/v1/agent/hosts/{host}/registration',
    operationId: 'registerHost',
    summary: 'Say that an agent has started',
    parameters: [host],
    body: 'Registration',
    reply: { description: 'How often to ask, and the manifest’s generation.', body: 'RegistrationReply' },
    errors: [...BODY, 404, 409],
  }),
  route({
    method: 'get',
    path: '/v1/agent/hosts/{host}/manifest',
    operationId: 'getManifest',
    summary: 'Ask what is to run on the host',
    parameters: [
      host,
      {
        name: 'If-None-Match',
        at: 'header',
        description: 'The generation that is known already, in quotes.',
        schema: { type: 'string', pattern: '^"[0-9]{1,15}"$' },
        required: false,
      },
    ],
    reply: { description: 'The manifest.', body: 'Manifest' },
    notModified: 'The known generation is the newest.',
    errors: [404],
  }),
  route({
    method: 'put',
    path: '/v1/agent/hosts/{host}/report',
    operationId: 'putReport',
    summary: 'Say what runs on the host',
    parameters: [host],
    body: 'Report',
    reply: { description: 'The manifest’s generation.', body: 'ReportReply' },
    errors: [...BODY, 404, 409],
  }),
  route({
    method: 'post',
    path: '/v1/agent/hosts/{host}/beat',
    operationId: 'postBeat',
    summary: 'Say that the host is alive',
    parameters: [host],
    body: 'Beat',
    reply: { description: 'How often to ask, and the manifest’s generation.', body: 'BeatReply' },
    errors: [...BODY, 404],
  }),
];

export const ROUTES: readonly RouteDoc[] = [...operators, ...agents];

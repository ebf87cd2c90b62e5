/**
 * The HTTP API as OpenAPI 3.1, made from the same schemas that check its bodies; served at `/v1/openapi.json`.
 *
 * Job: `openApi()` puts the routes (`openapi-routes.ts`), the schemas (zod -> JSON Schema 2020-12, which is what
 *   OpenAPI 3.1 speaks) and the examples (`openapi-examples.ts`) together. Always the same object for the same code.
 * Fails: it throws if a route names a schema that is not listed here, which a test would see first.
 */
import * as z from 'zod';
import * as agent from './agent-protocol.ts';
import { autoscaleSpec } from './autoscale-spec.ts';
import * as http from './http-api.ts';
import * as scaling from './scale-api.ts';
import * as pool from './pool-spec.ts';
import { EXAMPLES, type Example } from './openapi-examples.ts';
import { ROUTES, type Parameter, type RouteDoc } from './openapi-routes.ts';
import { serviceSpec, stackSpec } from './stack-spec.ts';

type Json = Readonly<Record<string, unknown>>;

/** Bodies by the name that routes call them. */
export const BODIES = {
  StackSpec: stackSpec,
  PutStackReply: http.putStackReply,
  DeleteStackReply: http.deleteStackReply,
  StackList: http.stackList,
  StackDetail: http.stackDetail,
  ReplicaList: http.replicaList,
  ReplicaPlacement: http.replicaPlacement,
  HostList: http.hostList,
  Host: http.hostView,
  DrainRequest: http.drainRequest,
  ScaleRequest: scaling.scaleRequest,
  ServiceScaling: scaling.serviceScaling,
  AutoscaleStatus: scaling.autoscaleStatus,
  ScaleTimeline: scaling.scaleTimeline,
  EventList: http.eventList,
  ClusterSettings: http.clusterSettings,
  ClusterPatch: http.clusterPatch,
  PoolList: pool.poolList,
  PoolSpec: pool.poolSpec,
  PoolView: pool.poolView,
  PoolRemoved: http.poolRemoved,
  Version: http.version,
  ErrorReply: http.errorReply,
  Registration: agent.registration,
  RegistrationReply: agent.registrationReply,
  Manifest: agent.manifest,
  Report: agent.report,
  ReportReply: agent.reportReply,
  Beat: agent.beat,
  BeatReply: agent.beatReply,
} as const;
export type BodyName = keyof typeof BODIES;

/** Parts of bodies that deserve a name of their own. */
const PARTS = {
  ServiceSpec: serviceSpec,
  Problem: http.problem,
  StackSummary: http.stackSummary,
  ServiceStatus: http.serviceStatus,
  Replica: http.replica,
  ScalePoint: scaling.scalePoint,
  AutoscaleSpec: autoscaleSpec,
  Event: http.eventView,
  PoolSettings: http.poolSettings,
  ContainerSpec: agent.containerSpec,
  Assignment: agent.assignment,
  PortBinding: agent.portBinding,
  TaskReport: agent.taskReport,
  TaskReason: agent.taskReason,
  Capacity: agent.capacity,
  DockerInfo: agent.dockerInfo,
} as const;

const ERRORS: Readonly<Record<number, string>> = {
  400: 'The request or the document is wrong; `problems` tells where and how to mend it.',
  403: 'Not signed, not allowed by IAM, or the wrong kind of caller. IAM’s own refusals have the body `{"message":"Forbidden"}`.',
  404: 'There is no such thing.',
  409: 'Somebody else changed it at the same time; try again.',
  413: `The body has more than ${http.BODY_MAX_BYTES} bytes.`,
  415: 'The content type is not one of those listed.',
  500: 'Something is wrong in Berth itself; the log of the request tells what.',
  503: 'AWS throttles the account; try again after `Retry-After` seconds.',
};

let made: Json | undefined;

export function openApi(): Json {
  return (made ??= {
    openapi: '3.1.0',
    info: {
      title: 'Berth',
      version: 'v1',
      description:
        'A serverless container orchestrator for EC2. Every call is signed with SigV4 for the service `execute-api`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      {
        url: '{endpoint}',
        description: 'The value of the parameter `/berth/CLUSTER/endpoint` in the account’s Parameter Store.',
        variables: { endpoint: { default: 'https://abcde12345.execute-api.us-east-1.amazonaws.com' } },
      },
    ],
    security: [{ sigv4: [] }],
    tags: [
      { name: 'operators', description: 'Stacks, replicas, hosts, events, settings.' },
      { name: 'agents', description: 'What the agent of a host says and hears; only that host may call it.' },
    ],
    paths: paths(),
    components: { schemas: schemas(), securitySchemes: { sigv4: SIGV4 } },
  });
}

/** OpenAPI has no scheme of this kind; this is how API Gateway itself writes it down. */
const SIGV4 = {
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  description: 'AWS Signature Version 4, service `execute-api`, signed headers `host` and `x-amz-date`.',
  'x-amazon-apigateway-authtype': 'awsSigv4',
};

function schemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...BODIES, ...PARTS })) registry.add(schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, { uri: reference, io: 'input' });
  return Object.fromEntries(
    Object.entries(made).map(([id, { $schema: _schema, $id: _id, ...schema }]) => [id, schema]),
  );
}

const reference = (id: string) => `#/components/schemas/${id}`;

function paths(): Json {
  const found: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) (found[route.path] ??= {})[route.method] = operation(route);
  return found;
}

function operation(route: RouteDoc): Json {
  const errors = route.errors.map((status) => [
    status,
    { description: ERRORS[status], ...errorContent(status) },
  ]);
  return {
    operationId: route.operationId,
    tags: [route.path.startsWith('/v1/agent/') ? 'agents' : 'operators'],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.parameters.length === 0 ? {} : { parameters: route.parameters.map(parameter) }),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body, route.compose ?? false) }),
    responses: {
      200: { description: route.reply.description, ...replyHeaders(route), ...replyContent(route) },
      ...(route.notModified === undefined ? {} : { 304: { description: route.notModified } }),
      ...Object.fromEntries(errors),
    },
  };
}

const parameter = ({ name, at, description, schema, required }: Parameter): Json => ({
  name,
  in: at,
  required: required ?? at === 'path',
  description,
  schema,
});

function requestBody(body: BodyName, compose: boolean): Json {
  const { content: json } = content(body);
  const yaml = {
    schema: { type: 'string', description: 'A Compose document' },
    examples: { shop: { value: EXAMPLES.Compose } },
  };
  return { required: true, content: compose ? { 'application/yaml': yaml, ...json } : json };
}

function replyContent({ reply }: RouteDoc): { content: Json } {
  if (reply.body !== undefined) return content(reply.body);
  return { content: { 'application/json': { schema: { type: 'object' } } } };
}

/** The example is one of a wrong document. */
const errorContent = (status: number): { content: Json } =>
  status === 400
    ? content('ErrorReply')
    : { content: { 'application/json': { schema: { $ref: reference('ErrorReply') } } } };

const replyHeaders = ({ notModified }: RouteDoc): Json =>
  notModified === undefined
    ? {}
    : { headers: { ETag: { description: 'The generation, in quotes.', schema: { type: 'string' } } } };

function content(body: BodyName): { content: Json } {
  const examples: Readonly<Partial<Record<BodyName, Example>>> = EXAMPLES;
  const example = examples[body];
  const schema = { $ref: reference(body) };
  return {
    content: {
      'application/json':
        example === undefined ? { schema } : { schema, examples: { shop: { value: example } } },
    },
  };
}

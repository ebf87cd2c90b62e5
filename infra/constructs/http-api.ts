/**
 * The HTTP API: operators' routes go to `api`, hosts' routes to `agent-api`. Every route asks for SigV4.
 *
 * Its logical id is fixed: a replaced API has another address, and hosts keep the old one until they look again.
 * Access log: it costs nothing while nobody calls, and the authorizer's own refusals (403) are seen nowhere else.
 */
import { type CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

const { GET, PUT, POST, PATCH, DELETE } = HttpMethod;
/** Never to be changed: see above. */
export const API_LOGICAL_ID = 'HttpApi';

type Routes = readonly (readonly [path: string, ...methods: HttpMethod[]])[];

export const OPERATOR_ROUTES: Routes = [
  ['/v1/stacks', GET],
  ['/v1/stacks/{stack}', PUT, GET, DELETE],
  ['/v1/stacks/{stack}/replicas', GET],
  ['/v1/stacks/{stack}/services/{service}/scale', PUT, DELETE],
  ['/v1/stacks/{stack}/services/{service}/autoscale', GET],
  ['/v1/stacks/{stack}/services/{service}/autoscale/timeline', GET],
  ['/v1/stacks/{stack}/replicas/{replica}/placement', GET],
  ['/v1/replicas', GET],
  ['/v1/hosts', GET],
  ['/v1/hosts/{host}/drain', PUT, DELETE],
  ['/v1/pools', GET],
  ['/v1/pools/{pool}', PUT, DELETE],
  ['/v1/events', GET],
  ['/v1/version', GET],
  ['/v1/openapi.json', GET],
  ['/v1/cluster', GET, PATCH],
];

export const AGENT_ROUTES: Routes = [
  ['/v1/agent/hosts/{host}/registration', POST],
  ['/v1/agent/hosts/{host}/manifest', GET],
  ['/v1/agent/hosts/{host}/report', PUT],
  ['/v1/agent/hosts/{host}/beat', POST],
];

/** One cluster may use a tenth of what a region gives the whole account (10,000 requests/s, burst 5,000). */
const THROTTLE = { rateLimit: 1000, burstLimit: 500 };

/** What a call was and how it ended, and who made it; no bodies, no query strings. */
const ACCESS_LOG_FIELDS = {
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  route: '$context.routeKey',
  path: '$context.path',
  principal: '$context.identity.userArn',
  sourceIp: '$context.identity.sourceIp',
  status: '$context.status',
  error: '$context.error.messageString',
  latencyMs: '$context.responseLatency',
};

export interface BerthApiProps {
  readonly operators: IFunction;
  readonly agents: IFunction;
}

export class BerthApi extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: BerthApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer: new HttpIamAuthorizer(),
      description: 'Berth: operators and hosts',
    });
    fixLogicalId(this.api, API_LOGICAL_ID);
    this.#addStage();
    this.#route(OPERATOR_ROUTES, new HttpLambdaIntegration('Operators', props.operators, wholeApi));
    this.#route(AGENT_ROUTES, new HttpLambdaIntegration('Agents', props.agents, wholeApi));
  }

  /** The address without a trailing slash. */
  get endpoint(): string {
    return this.api.apiEndpoint;
  }

  #addStage() {
    const logs = new LogGroup(this, 'AccessLogs', {
      retention: RetentionDays.TWO_WEEKS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
      },
    });
    fixLogicalId(stage, 'HttpApiStage');
  }

  #route(routes: Routes, integration: HttpLambdaIntegration) {
    for (const [path, ...methods] of routes) this.api.addRoutes({ path, methods, integration });
  }
}

/** One permission a function, not one a route: a function's policy holds 20 KB. */
const wholeApi = { scopePermissionToRoute: false };

function fixLogicalId(construct: Construct, logicalId: string) {
  (construct.node.defaultChild as CfnResource).overrideLogicalId(logicalId);
}

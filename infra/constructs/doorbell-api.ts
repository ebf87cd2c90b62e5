/**
 * The WebSocket API that agents hold open as a doorbell. The handshake asks for SigV4; what comes later needs none,
 * because API Gateway asks for it at `$connect` alone.
 *
 * The function answers messages the way rings go, by posting to the connection: an answer then proves that way.
 * Its logical ids are fixed, as those of the HTTP API: agents know its address.
 * No access log: for a WebSocket API that needs a role in the account's own settings of API Gateway, which are not one
 * stack's to change. The function logs whom it refuses; idle, the API costs nothing.
 */
import { type CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Policy, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';
import type { DoorbellFunction } from './functions/doorbell-function.ts';
import { allow } from './functions/grants.ts';

/** Never to be changed: see above. */
const DOORBELL_LOGICAL_ID = 'DoorbellApi';
const STAGE = 'live';

/** As many messages as the HTTP API takes calls; new connections are bounded by API Gateway itself (500 a second). */
const THROTTLE = { rateLimit: 1000, burstLimit: 500 };

export class DoorbellApi extends Construct {
  readonly #api: WebSocketApi;
  readonly #stage: WebSocketStage;

  constructor(scope: Construct, id: string, handler: DoorbellFunction) {
    super(scope, id);
    const integration = (name: string) => new WebSocketLambdaIntegration(name, handler);
    this.#api = new WebSocketApi(this, 'Api', {
      description: 'Berth: doorbell of the hosts',
      connectRouteOptions: {
        integration: integration('OnConnect'),
        authorizer: new WebSocketIamAuthorizer(),
      },
      disconnectRouteOptions: { integration: integration('OnDisconnect') },
      defaultRouteOptions: { integration: integration('OnMessage') },
    });
    this.#stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.#api,
      stageName: STAGE,
      autoDeploy: true,
      throttle: THROTTLE,
    });
    (this.#api.node.defaultChild as CfnResource).overrideLogicalId(DOORBELL_LOGICAL_ID);
    (this.#stage.node.defaultChild as CfnResource).overrideLogicalId('DoorbellApiStage');
    acknowledge(this.#api, this.#stage);
    // In a policy of its own, after the role: the API knows the function, and the grant knows the API.
    const answers = new Policy(this, 'Answers', {
      roles: [handler.executionRole],
      statements: [this.mayPost()],
    });
    acknowledgePosts(answers);
  }

  get apiId(): string {
    return this.#api.apiId;
  }

  /** Where agents open their sockets: `wss://.../live`. */
  get url(): string {
    return this.#stage.url;
  }

  /** Where messages to connections are posted: `https://.../live`. */
  get callbackUrl(): string {
    return this.#stage.callbackUrl;
  }

  /** To open a socket. */
  get connectArn(): string {
    return this.#arn('$connect');
  }

  /** Leave to post to any connection; see `acknowledgePosts`. */
  mayPost(): PolicyStatement {
    return allow(['execute-api:ManageConnections'], [this.#arn('POST/@connections/*')]);
  }

  #arn(resourceName: string): string {
    const resource = this.apiId;
    return Stack.of(this).formatArn({
      service: 'execute-api',
      resource,
      resourceName: `${STAGE}/${resourceName}`,
    });
  }
}

/** The wildcard of `mayPost`, wherever it is granted. */
export function acknowledgePosts(granted: IConstruct): void {
  acknowledgeWildcard(
    granted,
    { service: 'execute-api', resource: `<${DOORBELL_LOGICAL_ID}>/${STAGE}/POST/@connections/*` },
    'Ids of connections are given by API Gateway when hosts open their sockets.',
  );
}

function acknowledge(api: WebSocketApi, stage: WebSocketStage): void {
  Validations.of(stage).acknowledge({
    id: 'AwsSolutions-APIG1',
    reason: "Access logs of a WebSocket API need a role in the account's settings of API Gateway: see above.",
  });
  Validations.of(api).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason:
      'API Gateway takes an authorizer for $connect alone; the other routes exist on open sockets only.',
  });
}

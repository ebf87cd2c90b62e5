/** A WebSocket API in an emulator of its own, behind the local gateway, with a function that notes nothing and agrees. */
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createSignedSocket } from '../../../agent/control-plane/signed-socket.ts';
import type { Socket, SocketEvents } from '../../../agent/control-plane/socket.ts';
import { startWebSocketServer, type WebSocketServer } from '../../../local/websocket/server.ts';
import { clientOptions } from '../../support/client-options.ts';
import type { Credentials, Ministack } from '../../support/ministack.ts';
import { zipOf } from '../ec2/zip.ts';

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';
const FUNCTION = 'doorbell';
const ROLE = 'doorbell';
/** Refuses handshakes of the host `h-refused`, and whoever IAM does not vouch for. */
const CODE = `exports.handler = async ({ requestContext: { routeKey, identity }, queryStringParameters: query }) =>
  ({ statusCode: routeKey !== '$connect' || (identity.userArn && query.host !== 'h-refused') ? 200 : 403 });`;

export interface SocketAccount {
  readonly gateway: WebSocketServer;
  readonly apiId: string;
  /** Opens a socket as that user; rejects as the agent's own client does. */
  open(keys: Credentials, host: string, events: SocketEvents): Promise<Socket>;
  close(): Promise<void>;
}

export async function socketAccount(emulator: Ministack): Promise<SocketAccount> {
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  await emulator.query('iam', {
    Action: 'CreateRole',
    RoleName: ROLE,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
  const lambda = new LambdaClient(clientOptions(emulator));
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: FUNCTION,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT}:role/${ROLE}`,
      Code: { ZipFile: zipOf('index.js', CODE) },
    }),
  );
  lambda.destroy();
  const apiId = await createApi(emulator, FunctionArn);
  const gateway = await startWebSocketServer({
    emulator: emulator.endpoint,
    account: ACCOUNT,
    region: REGION,
    listen: [{ address: '127.0.0.1', port: 0 }],
  });
  const address = `ws://127.0.0.1:${gateway.port}/${apiId}/live`;
  return {
    gateway,
    apiId,
    open: (keys, host, events) =>
      createSignedSocket({
        region: REGION,
        credentials: { get: () => Promise.resolve(keys), distrust: () => undefined },
        endpoint: { get: () => Promise.resolve(address), note: () => undefined },
        now: Date.now,
        maxBytes: 256,
      })(host, events),
    close: () => gateway.close(),
  };
}

async function createApi({ endpoint }: Ministack, functionArn: string): Promise<string> {
  const scope = `Credential=test/20260101/${REGION}/apigateway/aws4_request`;
  const post = async (path: string, body: object): Promise<Record<string, string>> => {
    const reply = await fetch(`${endpoint}/v2/apis${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
    return (await reply.json()) as Record<string, string>;
  };
  const selection = '$request.body.action';
  const { apiId = '' } = await post('', {
    name: 'sockets',
    protocolType: 'WEBSOCKET',
    routeSelectionExpression: selection,
  });
  const uri = `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
  const { integrationId = '' } = await post(`/${apiId}/integrations`, {
    integrationType: 'AWS_PROXY',
    integrationUri: uri,
  });
  const target = `integrations/${integrationId}`;
  for (const routeKey of ['$connect', '$disconnect', '$default'])
    await post(`/${apiId}/routes`, {
      routeKey,
      target,
      ...(routeKey === '$connect' ? { authorizationType: 'AWS_IAM' } : {}),
    });
  await post(`/${apiId}/stages`, { stageName: 'live', autoDeploy: true });
  return apiId;
}

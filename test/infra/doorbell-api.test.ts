/** The WebSocket API: signed handshakes, answers to messages, fixed ids, and nothing that costs when nobody calls. */
import { describe, expect, it } from '@jest/globals';
import { berthTemplate, render, resourcesOf, type CfnResourceShape } from '../support/berth-template.ts';

const template = berthTemplate();
const ofDoorbell = (type: string): CfnResourceShape[] =>
  Object.values(resourcesOf(template, type)).filter(
    ({ Properties }) => render(Properties['ApiId']) === '{DoorbellApi}',
  );
const routes = new Map(
  Object.entries(resourcesOf(template, 'AWS::ApiGatewayV2::Route'))
    .filter(([, { Properties }]) => render(Properties['ApiId']) === '{DoorbellApi}')
    .map(([id, { Properties }]) => [Properties['RouteKey'] as string, { id, ...Properties }]),
);

describe('the WebSocket API', () => {
  it('has the three routes, and asks for a signature where API Gateway can: at the handshake', () => {
    expect([...routes.keys()].toSorted()).toEqual(['$connect', '$default', '$disconnect']);
    expect(routes.get('$connect')).toMatchObject({ AuthorizationType: 'AWS_IAM' });
    expect(template.Resources['DoorbellApi']!.Properties).toMatchObject({ ProtocolType: 'WEBSOCKET' });
  });

  it('serves all of them with the one function, which only this API may call', () => {
    const integrations = ofDoorbell('AWS::ApiGatewayV2::Integration');
    expect(integrations).toHaveLength(3);
    for (const { Properties } of integrations) {
      expect(Properties['IntegrationType']).toBe('AWS_PROXY');
      expect(render(Properties['IntegrationUri'])).toContain('functions/{Doorbell.Arn}/invocations');
    }
    const permissions = Object.values(resourcesOf(template, 'AWS::Lambda::Permission'))
      .filter(({ Properties }) => render(Properties['FunctionName']) === '{Doorbell.Arn}')
      .map(({ Properties }) => [Properties['Principal'], render(Properties['SourceArn'])]);
    const source = 'arn:aws:execute-api:REGION:ACCOUNT:{DoorbellApi}/*';
    expect(permissions.toSorted()).toEqual(
      ['$connect', '$default', '$disconnect'].map((route) => ['apigateway.amazonaws.com', source + route]),
    );
  });

  it('keeps its logical ids, since agents know its address', () => {
    expect(template.Resources['DoorbellApi']?.Type).toBe('AWS::ApiGatewayV2::Api');
    expect(template.Resources['DoorbellApiStage']?.Type).toBe('AWS::ApiGatewayV2::Stage');
  });

  it('has one stage, bounded, without a log that would need a setting of the account', () => {
    const [stage, ...more] = ofDoorbell('AWS::ApiGatewayV2::Stage');
    expect(more).toEqual([]);
    expect(stage!.Properties).toMatchObject({
      StageName: 'live',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 500 },
    });
    expect(stage!.Properties).not.toHaveProperty('AccessLogSettings');
  });

  it('is found by hosts under /berth/<cluster>/doorbell, and by `reconcile` under its callback address', () => {
    for (const cluster of ['berth', 'blue']) {
      const parameters = resourcesOf(berthTemplate({ cluster }), 'AWS::SSM::Parameter');
      const { Properties } = parameters['DoorbellParameter']!;
      expect(Properties).toMatchObject({ Name: `/berth/${cluster}/doorbell`, Type: 'String' });
      expect(render(Properties['Value'])).toBe('wss://{DoorbellApi}.execute-api.REGION.amazonaws.com/live');
    }
    const { Environment } = resourcesOf(template, 'AWS::Lambda::Function')['Reconcile']!.Properties as {
      Environment: { Variables: Record<string, unknown> };
    };
    expect(render(Environment.Variables['DOORBELL_ENDPOINT'])).toBe(
      'https://{DoorbellApi}.execute-api.REGION.amazonaws.com/live',
    );
  });
});

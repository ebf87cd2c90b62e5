import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { berthTemplate, render, resourcesOf } from '../support/berth-template.ts';

const template = berthTemplate();
const routes = Object.values(resourcesOf(template, 'AWS::ApiGatewayV2::Route'))
  .map(({ Properties }) => Properties)
  .filter((route) => render(route['ApiId']) === '{HttpApi}');
const integrations = Object.entries(template.Resources).filter(
  ([, { Type }]) => Type === 'AWS::ApiGatewayV2::Integration',
);

/** The routes at the head of a file of the contract: `METHOD path` in its first comment. */
function contractRoutes(file: string): string[] {
  const head = readFileSync(join(import.meta.dirname, '../../contract', file), 'utf8').split('*/')[0]!;
  return [...head.matchAll(/\b(GET|PUT|POST|PATCH|DELETE)\s+(\/v1\/[^\s?]*[^\s?.,;)])/g)].map(
    ([, method, path]) => `${method!} ${path!}`,
  );
}

/** Route keys by the function that serves them. */
function served(functionId: string): string[] {
  const [id] = integrations.find(
    ([, { Properties }]) => render(Properties['IntegrationUri']) === `{${functionId}.Arn}`,
  )!;
  const target = `integrations/{${id.replace(/[0-9A-F]{8}$/, '')}}`;
  return routes
    .filter((route) => render(route['Target']) === target)
    .map((route) => route['RouteKey'] as string);
}

describe('the HTTP API', () => {
  it('serves the routes of the contract, operators and hosts apart', () => {
    expect(served('Api').toSorted()).toEqual([...new Set(contractRoutes('http-api.ts'))].toSorted());
    expect(served('AgentApi').toSorted()).toEqual(
      [...new Set(contractRoutes('agent-protocol.ts'))].toSorted(),
    );
    expect(routes).toHaveLength(served('Api').length + served('AgentApi').length);
  });

  it('asks for a signature on every route', () => {
    expect(routes.filter((route) => route['AuthorizationType'] !== 'AWS_IAM')).toEqual([]);
  });

  it('keeps its logical id, since hosts know its address', () => {
    expect(template.Resources['HttpApi']?.Type).toBe('AWS::ApiGatewayV2::Api');
    expect(template.Resources['HttpApiStage']?.Type).toBe('AWS::ApiGatewayV2::Stage');
    expect(template.Resources['HttpApi']?.Properties).not.toHaveProperty('CorsConfiguration');
  });

  it('has one stage, bounded and logged', () => {
    const stage = template.Resources['HttpApiStage']!.Properties;
    expect(stage).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 500 },
    });
    const { Format } = stage['AccessLogSettings'] as { Format: string };
    expect(Object.values(JSON.parse(Format) as object)).toEqual(
      expect.arrayContaining(['$context.status', '$context.identity.userArn']),
    );
  });

  it('may call its two functions from its own routes only', () => {
    const permissions = Object.values(resourcesOf(template, 'AWS::Lambda::Permission'))
      .filter(({ Properties }) => Properties['Principal'] === 'apigateway.amazonaws.com')
      .map(({ Properties }) => [render(Properties['FunctionName']), render(Properties['SourceArn'])])
      .filter(([, source]) => source!.includes('{HttpApi}'));
    const source = 'arn:aws:execute-api:REGION:ACCOUNT:{HttpApi}/*/*/*';
    expect(permissions.toSorted()).toEqual([
      ['{AgentApi.Arn}', source],
      ['{Api.Arn}', source],
    ]);
  });

  it('is found by hosts under /berth/<cluster>/endpoint', () => {
    for (const cluster of ['berth', 'blue']) {
      const parameters = resourcesOf(berthTemplate({ cluster }), 'AWS::SSM::Parameter');
      const parameter = parameters['EndpointParameter']!.Properties;
      expect(parameter).toMatchObject({ Name: `/berth/${cluster}/endpoint`, Type: 'String' });
      expect(render(parameter['Value'])).toBe('{HttpApi.ApiEndpoint}');
    }
  });
});

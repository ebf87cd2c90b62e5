import { noAccess } from '../cli-error.ts';
import type { Aws, Credentials } from './target.ts';

/** `Aws` by the AWS SDK. Each part is imported on first use: together they take longer than the call itself. */
export function createAwsSdk(): Aws {
  // The SDK's provider keeps keys until shortly before they expire, so it must be one for the whole run.
  let provider: (() => Promise<Credentials>) | null = null;

  return {
    async credentials(region, use): Promise<Credentials> {
      // Read by the SDK at call time; without it a machine that is no EC2 instance waits a second for an answer.
      if (!use.instanceRole) process.env.AWS_EC2_METADATA_DISABLED = 'true';
      if (provider === null) {
        const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
        provider = fromNodeProviderChain({ clientConfig: { region } });
      }
      return await provider();
    },

    async region(): Promise<string | undefined> {
      const { SSMClient } = await import('@aws-sdk/client-ssm');
      // The SDK throws where none is set: for us that is an answer.
      return await new SSMClient({}).config.region().catch(() => undefined);
    },

    async parameter(name, region): Promise<string | null> {
      const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm');
      try {
        const client = new SSMClient({ region, maxAttempts: 4 });
        const answer = await client.send(new GetParameterCommand({ Name: name }));
        return answer.Parameter?.Value ?? null;
      } catch (error) {
        const { name: kind, message } = error as Error;
        if (kind === 'ParameterNotFound') return null;
        throw noAccess(
          'no-endpoint',
          `the endpoint could not be read from the parameter ${name} in ${region}: ${kind}: ${message}`,
          'allow ssm:GetParameter on it, or name the endpoint with --endpoint',
        );
      }
    },
  };
}

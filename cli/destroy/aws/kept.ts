/** Parameters, and the table that outlives its stack. */
import type { Account } from '../account.ts';
import { clientConfig, type AwsAccountOptions } from './account.ts';

export async function kept(options: AwsAccountOptions): Promise<Pick<Account, 'parameters' | 'tableExists'>> {
  const [ssmApi, dynamoApi] = await Promise.all([
    import('@aws-sdk/client-ssm'),
    import('@aws-sdk/client-dynamodb'),
  ]);
  const ssm = new ssmApi.SSMClient(clientConfig(options, 'SSM'));
  const dynamo = new dynamoApi.DynamoDBClient(clientConfig(options, 'DYNAMODB'));
  return {
    parameters: async (names) => {
      const { Parameters = [] } = await ssm.send(new ssmApi.GetParametersCommand({ Names: [...names] }));
      return Parameters.map(({ Name = '' }) => Name);
    },
    tableExists: async (TableName) => {
      try {
        await dynamo.send(new dynamoApi.DescribeTableCommand({ TableName }));
        return true;
      } catch (error) {
        if ((error as Error).name === 'ResourceNotFoundException') return false;
        throw error;
      }
    },
  };
}

/** `Account` over AWS. The SDK's clients are imported on first use: other verbs do not pay for them. */
import type { Credentials } from '../../api/target.ts';
import type { Account } from '../account.ts';
import { cloudFormation } from './cloudformation.ts';
import { ec2Parts } from './ec2.ts';
import { kept } from './kept.ts';
import { zoneParts } from './zone.ts';

export interface AwsAccountOptions {
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  /** Of one service, by the id in `AWS_ENDPOINT_URL_<ID>`; undefined: AWS's own. */
  readonly endpoint: (service: string) => string | undefined;
}

/** What an SDK client of one service is made with. */
export const clientConfig = (options: AwsAccountOptions, service: string) => {
  const endpoint = options.endpoint(service);
  const { region, credentials } = options;
  return { region, credentials, maxAttempts: 5, ...(endpoint === undefined ? {} : { endpoint }) };
};

export async function awsAccount(options: AwsAccountOptions): Promise<Account> {
  const { region } = options;
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const usual = `https://cloudformation.${region}.${suffix}/`;
  const [ec2, zone, rest] = await Promise.all([ec2Parts(options), zoneParts(options), kept(options)]);
  const formation = cloudFormation({
    ...options,
    endpoint: new URL(options.endpoint('CLOUDFORMATION') ?? usual),
  });
  return { region, ...formation, ...ec2, ...zone, ...rest };
}

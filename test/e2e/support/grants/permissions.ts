/** Which permissions a call needed that CloudTrail has recorded, as AWS names them in policies. */
import type { CloudPlan } from '../../../../local/plan.ts';

export interface Permission {
  /** `dynamodb:GetItem` */
  readonly action: string;
  /** ARN, or `*` for actions that know no resources. */
  readonly resource: string;
}

export interface TrailCall {
  /** `dynamodb` */
  readonly service: string;
  readonly name: string;
  readonly input: Input;
  /** Names, the larger first: bucket, then object. */
  readonly resources: readonly string[];
}

type Input = Readonly<Record<string, unknown>>;

/** None for EC2 and Route 53: their gateways' own records say more. A service that is new here has to be added. */
export function permissionsOf(
  plan: Pick<CloudPlan, 'region' | 'account'>,
  { service, name, input, resources }: TrailCall,
): readonly Permission[] {
  const on = (resource: string, action = name): Permission => ({
    action: `${service}:${action}`,
    resource: `arn:aws:${service}:${plan.region}:${plan.account}:${resource}`,
  });
  switch (service) {
    case 'dynamodb':
      return itemCalls(name, input).map(([action, item]) => on(`table/${text(item, 'TableName')}`, action));
    case 'sqs':
      return [on(text(input, 'QueueUrl').split('/').at(-1) ?? '')];
    case 'lambda':
      return [on(`function:${resources.join()}`, name === 'Invoke' ? 'InvokeFunction' : name)];
    case 'ssm':
      return [on(`parameter/${text(input, 'Name').replace(/^\//, '')}`)];
    case 's3':
      return [{ action: `s3:${name}`, resource: `arn:aws:s3:::${resources.join('/')}` }];
    case 'ec2':
    case 'route53':
      return [];
    default:
      return [on(resources.join('/'))];
  }
}

const text = (input: Input, name: string): string => {
  const value = input[name];
  return typeof value === 'string' ? value : '';
};

const ITEM_ACTIONS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/** A transaction needs the permissions of the single-item calls in it. */
function itemCalls(name: string, input: Input): readonly (readonly [action: string, item: Input])[] {
  if (name !== 'TransactWriteItems') return [[name, input]];
  const items = input['TransactItems'] as readonly Readonly<Record<string, Input>>[];
  return items.flatMap((item) =>
    Object.entries(item).map(([kind, on]) => [ITEM_ACTIONS[kind] ?? kind, on] as const),
  );
}

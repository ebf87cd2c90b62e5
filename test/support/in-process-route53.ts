/**
 * A Route 53 client without a wire: what the SDK's client is to the adapter, over the strict model in process.
 *
 * So unit tests and the simulation run the real adapter against the real semantics, on a clock that they turn. Strict: a
 * command or a field that the model does not know is an error, never ignored. It does not retry, as `maxAttempts: 1`.
 */
import type { ChangeBatch, ResourceRecordSet, Route53Client } from '@aws-sdk/client-route-53';
import type { ChangeInfo } from '../../local/route53/model/change-log.ts';
import { Route53Error } from '../../local/route53/model/errors.ts';
import type { Change, RecordSet, RecordType } from '../../local/route53/model/records/record-set.ts';
import type { Route53Model } from '../../local/route53/model/route53.ts';

type Fields = Readonly<Record<string, unknown>>;
type Command = { readonly input: Fields; readonly constructor: { readonly name: string } };

/** Both clients of the adapter: `{ retrying, once }`. */
export const inProcessRoute53 = (model: Route53Model): { retrying: Route53Client; once: Route53Client } => {
  const answers = answersOf(model);
  const send = async (command: Command): Promise<unknown> => {
    await Promise.resolve();
    const answer = answers[command.constructor.name.replace(/Command$/, '')];
    if (answer === undefined) throw new Error(`the model does not know ${command.constructor.name}`);
    try {
      return answer(command.input);
    } catch (error) {
      if (!(error instanceof Route53Error)) throw error;
      const $metadata = { httpStatusCode: error.status };
      throw Object.assign(new Error(error.message), { name: error.code, $fault: 'client', $metadata });
    }
  };
  const client = { send } as unknown as Route53Client;
  return { retrying: client, once: client };
};

const answersOf = (model: Route53Model): Readonly<Record<string, (input: Fields) => unknown>> => ({
  ChangeResourceRecordSets(input) {
    const { HostedZoneId, ChangeBatch: batch } = only(input, 'HostedZoneId', 'ChangeBatch');
    const { Comment, Changes = [] } = only(batch as ChangeBatch, 'Changes', 'Comment');
    const changes = Changes.map(({ Action, ResourceRecordSet: set }) => toChange(Action, set));
    const comment = Comment === undefined ? {} : { comment: Comment };
    return changed(model.changeResourceRecordSets({ zoneId: bare(HostedZoneId), changes, ...comment }));
  },
  GetChange: (input) => changed(model.getChange({ id: bare(only(input, 'Id').Id) })),
  ListResourceRecordSets(input) {
    const fields = ['HostedZoneId', 'StartRecordName', 'StartRecordType', 'MaxItems'] as const;
    const { HostedZoneId, StartRecordName, StartRecordType, MaxItems } = only(input, ...fields);
    const page = model.listResourceRecordSets({
      zoneId: bare(HostedZoneId),
      ...(StartRecordName === undefined ? {} : { startName: StartRecordName as string }),
      ...(StartRecordType === undefined ? {} : { startType: StartRecordType as string }),
      ...(MaxItems === undefined ? {} : { maxItems: MaxItems as number }),
    });
    return {
      ResourceRecordSets: page.sets.map(fromSet),
      IsTruncated: page.next !== undefined,
      NextRecordName: page.next?.name,
      NextRecordType: page.next?.type,
      MaxItems: page.maxItems,
    };
  },
});

/** The fields of an input, of which no other may be given. */
const only = <Input extends object, Name extends string>(
  input: Input,
  ...known: readonly Name[]
): Input & Record<Name, unknown> => {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const unknown = given.map(([name]) => name).filter((name) => !known.includes(name as Name));
  if (unknown.length > 0) throw new Error(`the model does not know the field ${unknown.join(', ')}`);
  return input as Input & Record<Name, unknown>;
};

const bare = (id: unknown): string => String(id).replace(/^\/(?:hostedzone|change)\//, '');

const toChange = (action: string | undefined, given: ResourceRecordSet | undefined): Change => {
  const set = only(given ?? ({} as ResourceRecordSet), 'Name', 'Type', 'TTL', 'ResourceRecords');
  return {
    action: action as Change['action'],
    set: {
      name: set.Name ?? '',
      type: set.Type as RecordType,
      ttl: set.TTL ?? NaN,
      values: (set.ResourceRecords ?? []).map(({ Value = '' }) => Value),
    },
  };
};

const fromSet = ({ name, type, ttl, values }: RecordSet): ResourceRecordSet => ({
  Name: name,
  Type: type,
  TTL: ttl,
  ResourceRecords: values.map((Value) => ({ Value })),
});

const changed = ({ id, status, submittedAtMs, comment }: ChangeInfo) => ({
  ChangeInfo: { Id: `/change/${id}`, Status: status, SubmittedAt: new Date(submittedAtMs), Comment: comment },
});

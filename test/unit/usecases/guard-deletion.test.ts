import { describe, expect, it } from '@jest/globals';
import { answerCustomResource } from '../../../functions/adapters/cloudformation/custom-resource.ts';
import { guardDeletion } from '../../../functions/usecases/guard-deletion.ts';
import type { InstanceView } from '../../../functions/core/model/instance.ts';
import type { RecordSet } from '../../../functions/core/model/directory.ts';
import { host, instance, ZONE } from '../../support/builders.ts';

const record = (name: string, type: RecordSet['type'] = 'A'): RecordSet => ({
  name: `${name}.${ZONE}`,
  type,
  ttlSeconds: 10,
  values: ['10.0.0.1'],
});
const guard = (instances: InstanceView[], records: RecordSet[]) =>
  guardDeletion({
    launcher: { list: () => Promise.resolve(instances) },
    directory: { list: () => Promise.resolve(records) },
    cluster: 'prod',
    zone: ZONE,
  })();

describe('the deletion of a stack', () => {
  it('passes when nothing of the cluster is left', async () => {
    expect(await guard([], [])).toBeNull();
    const gone = instance(host('a'), { state: 'terminated' });
    expect(await guard([gone], [record('soa', 'SOA')])).toBeNull();
  });

  it.each(['pending', 'running', 'stopping', 'stopped', 'shutting-down'] as const)(
    'is refused while an instance is %s, with the instruction',
    async (state) => {
      const why = await guard([instance(host('a'), { state })], []);
      expect(why).toContain(host('a').instanceId);
      expect(why).toContain('Nothing was deleted. Run "berth destroy --cluster prod"');
    },
  );

  it('is refused while the zone holds records', async () => {
    const why = await guard(
      [],
      ['a', 'b', 'c', 'd'].map((name) => record(name)),
    );
    expect(why).toContain(`4 record sets (a.${ZONE}, b.${ZONE}, c.${ZONE}, ...) in ${ZONE}`);
  });
});

describe('the answer to CloudFormation', () => {
  const request = {
    ResponseURL: 'https://bucket.example/answer?signature=x',
    StackId: 'stack',
    RequestId: 'r1',
    LogicalResourceId: 'Guard',
    PhysicalResourceId: 'Guard',
  };

  it('names the resource as it was named before, and cuts what is too long', async () => {
    const sent: { url: string; body: string }[] = [];
    const send = ((url: string, { body }: { body: string }) => {
      sent.push({ url, body });
      return Promise.resolve(new Response(''));
    }) as unknown as typeof fetch;
    await answerCustomResource(request, 'x'.repeat(9000), send);
    await answerCustomResource({ ...request, PhysicalResourceId: undefined }, null, send);
    const bodies = sent.map(({ body }) => JSON.parse(body) as Record<string, string>);
    expect(sent[0]?.url).toBe(request.ResponseURL);
    expect(bodies[0]).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'Guard',
      RequestId: 'r1',
      StackId: 'stack',
    });
    expect(sent[0]?.body.length).toBeLessThan(4096);
    expect(bodies[1]).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'Guard' });
  });

  it('that is refused is an error', async () => {
    const send = (() => Promise.resolve(new Response('expired', { status: 403 }))) as typeof fetch;
    await expect(answerCustomResource(request, null, send)).rejects.toThrow('403 expired');
  });
});

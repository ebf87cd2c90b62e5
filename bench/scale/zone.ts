/**
 * Route 53: the real adapter and the SDK's own client over the strict model, on the wire's XML without a network. What is
 * throttled while reading waits on the bench's clock, as the SDK's client waits on the real one; changes are refused.
 */
import { HttpResponse, type HttpRequest } from '@smithy/protocol-http';
import { route53Clients } from '../../functions/adapters/route53/client.ts';
import { route53ServiceDirectory } from '../../functions/adapters/route53/service-directory.ts';
import type { Clock, ServiceDirectory } from '../../functions/usecases/ports.ts';
import { Route53Error } from '../../local/route53/model/errors.ts';
import { createRoute53Model, type Route53Model } from '../../local/route53/model/route53.ts';
import { identifyCall, readChangeBatch, readListSets } from '../../local/route53/wire/calls.ts';
import { changeReply, errorReply, setsReply, type WireReply } from '../../local/route53/wire/replies.ts';
import type { CallCounter } from './calls.ts';

const ZONE_ID = 'Z0000000000001';
/** A fifth of a second: the model takes five requests in one. */
const PAUSE_MS = 200;

export interface BenchZone {
  readonly directory: ServiceDirectory;
  /** Record sets in the zone. */
  sets(): number;
}

export function createBenchZone(
  zone: string,
  clock: Clock,
  counter: CallCounter,
  setsMax: number,
): BenchZone {
  const model = createRoute53Model({ now: () => clock.nowMs() });
  model.addZone({ id: ZONE_ID, name: `${zone}.`, private: true, setsMax });
  const handler = (waits: boolean) => ({
    handle: async (request: HttpRequest): Promise<{ response: HttpResponse }> => {
      for (;;) {
        try {
          return responseOf(counter.answer(() => play(model, request, counter)));
        } catch (error) {
          if (!(error instanceof Route53Error)) throw error;
          if (!waits || error.code !== 'Throttling')
            return responseOf(errorReply(error.code, error.message, error.status));
          await clock.sleep(PAUSE_MS);
        }
      }
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  });
  const options = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
  };
  const clients = {
    retrying: route53Clients({ ...options, requestHandler: handler(true) }).retrying,
    once: route53Clients({ ...options, requestHandler: handler(false) }).once,
  };
  return {
    directory: route53ServiceDirectory({ clients, zoneId: ZONE_ID }),
    sets: () => model.countSets(ZONE_ID) ?? 0,
  };
}

function play(model: Route53Model, request: HttpRequest, counter: CallCounter): WireReply {
  const query = new URLSearchParams(request.query as Record<string, string>);
  const { action, id = '' } = identifyCall(request.method, new URL(request.path, 'https://route53.invalid'));
  counter.count(`Route 53 ${action}`);
  if (action === 'GetChange') return changeReply('GetChangeResponse', model.getChange({ id }));
  if (action === 'ListResourceRecordSets')
    return setsReply(model.listResourceRecordSets(readListSets(id, query)));
  if (action !== 'ChangeResourceRecordSets') throw new Error(`the bench does not know ${action}`);
  const batch = readChangeBatch(id, Buffer.from(request.body as Uint8Array).toString());
  return changeReply('ChangeResourceRecordSetsResponse', model.changeResourceRecordSets(batch));
}

const responseOf = ({ status, headers, body }: WireReply): { response: HttpResponse } => ({
  response: new HttpResponse({ statusCode: status, headers: headers as Record<string, string>, body }),
});

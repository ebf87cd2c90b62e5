/**
 * The gateway: one call of Route 53 in, one reply out.
 *
 * Job: let the emulator say whether the caller may (emulator.ts), let the model say what happens. The model is the
 *   only truth about record sets and their changes; the emulator is the only truth about zones, which CloudFormation
 *   creates there. The two are not kept in step: the emulator's own copy of a zone keeps what it had when the zone
 *   was adopted (SOA, NS), so nobody can mistake it for the zone, and deleting the stack never meets a full one.
 * In: wire requests. Out: wire replies; every call is recorded.
 * Fails: as Route 53 does, in XML. ServiceUnavailable (503) when the emulator does not answer: then nothing changed.
 *   `ReplyLostError` is thrown through: the server cuts the connection.
 */
import type { Ring } from '../ring.ts';
import { createRing } from '../ring.ts';
import type { Emulator, WireRequest } from './emulator.ts';
import type { Hold } from './hold.ts';
import { createHold } from './hold.ts';
import { ReplyLostError, Route53Error } from './model/errors.ts';
import type { Route53Model } from './model/route53.ts';
import type { WireCall } from './wire/calls.ts';
import { identifyCall, readChangeBatch, readListSets, readListZones } from './wire/calls.ts';
import type { WireReply } from './wire/replies.ts';
import { changeReply, errorReply, setsReply } from './wire/replies.ts';

/** One call as it is remembered. */
export interface RecordedCall {
  readonly atMs: number;
  /** For example `ChangeResourceRecordSets`; method and path of an action that is only forwarded and has no name here. */
  readonly action: string;
  /** The zone or change it is about. */
  readonly id?: string;
  /** Empty for an unsigned call. */
  readonly accessKeyId: string;
  /** `OK`, `ReplyLost`, or the code of the refusal. */
  readonly outcome: string;
}

/** Calls that are remembered. */
export const CALLS_KEPT = 10_000;

export interface Gateway {
  handle(request: WireRequest): Promise<WireReply>;
  calls(): readonly RecordedCall[];
  readonly hold: Hold;
  /** Adopts new zones from the emulator and drops those that are gone. Rejects when it does not answer. */
  refresh(): Promise<void>;
}

interface GatewayParts {
  readonly model: Route53Model;
  readonly emulator: Emulator;
  readonly now: () => number;
}

export function createGateway({ model, emulator, now }: GatewayParts): Gateway {
  const recorded: Ring<RecordedCall> = createRing(CALLS_KEPT);
  const hold = createHold(now);
  let refreshed: Promise<void> = Promise.resolve();

  const refresh = () => {
    // One after the other: two at once could adopt a zone twice, the second over changes made since the first.
    refreshed = refreshed.catch(() => undefined).then(() => adoptZones(model, emulator));
    return refreshed;
  };
  const ensureZone = async (id: string) => {
    if (model.countSets(id) === undefined) await refresh();
  };
  const answers = modelAnswers(model, ensureZone);

  const answer = async (call: WireCall, request: WireRequest, accessKeyId: string): Promise<WireReply> => {
    const play = answers[call.action];
    if (play === undefined) {
      model.admit(call.action);
      return emulator.pass(request);
    }
    if (call.action === 'ChangeResourceRecordSets') await hold.pass(accessKeyId);
    const verdict = await emulator.ask(request);
    return verdict.allowed ? play(call.id ?? '', request, verdict.reply) : verdict.reply;
  };

  return {
    hold,
    refresh,
    calls: () => recorded.entries(),
    async handle(request) {
      const call = identifyCall(request.method, urlOf(request));
      const accessKeyId = accessKeyIdOf(request);
      const record = (outcome: string) => {
        recorded.add({ atMs: now(), ...call, accessKeyId, outcome });
      };
      try {
        const reply = await answer(call, request, accessKeyId);
        record(reply.status < 300 ? 'OK' : codeOf(reply));
        return reply;
      } catch (error) {
        if (error instanceof ReplyLostError) record('ReplyLost');
        if (!(error instanceof Route53Error)) throw error;
        record(error.code);
        return errorReply(error.code, error.message, error.status);
      }
    },
  };
}

/** Answers a call that the emulator let through; `seen` is what the emulator said. */
type Answer = (id: string, request: WireRequest, seen: WireReply) => WireReply | Promise<WireReply>;

function modelAnswers(
  model: Route53Model,
  ensureZone: (id: string) => Promise<void>,
): Readonly<Record<string, Answer | undefined>> {
  const queryOf = (request: WireRequest) => urlOf(request).searchParams;
  return {
    async ChangeResourceRecordSets(zoneId, { body }) {
      await ensureZone(zoneId);
      const batch = readChangeBatch(zoneId, body.toString());
      return changeReply('ChangeResourceRecordSetsResponse', model.changeResourceRecordSets(batch));
    },
    async ListResourceRecordSets(zoneId, request) {
      await ensureZone(zoneId);
      return setsReply(model.listResourceRecordSets(readListSets(zoneId, queryOf(request))));
    },
    GetChange(id, _, seen) {
      // Changes of other actions (a zone made through this address) are the emulator's.
      if (seen.status >= 300) return changeReply('GetChangeResponse', model.getChange({ id }));
      model.admit('GetChange');
      return seen;
    },
    GetHostedZone(_, __, seen) {
      model.admit('GetHostedZone');
      return withTrueCounts(model, seen);
    },
    ListHostedZonesByName(_, request, seen) {
      readListZones(queryOf(request));
      model.admit('ListHostedZonesByName');
      return withTrueCounts(model, seen);
    },
  };
}

/** The emulator's description of zones, with the number of record sets that they really hold. */
function withTrueCounts(model: Route53Model, reply: WireReply): WireReply {
  const body = reply.body
    .toString()
    .replaceAll(
      /(<Id>\/hostedzone\/([^<]+)<\/Id>(?:(?!<Id>)[^])*?<ResourceRecordSetCount>)\d+/g,
      (whole, before: string, id: string) => {
        const count = model.countSets(id);
        return count === undefined ? whole : `${before}${count}`;
      },
    );
  return { ...reply, body: Buffer.from(body) };
}

async function adoptZones(model: Route53Model, emulator: Emulator): Promise<void> {
  const zones = await emulator.zones();
  for (const id of model.zoneIds()) if (!zones.some((zone) => zone.id === id)) model.removeZone(id);
  const unknown = zones.filter((zone) => model.countSets(zone.id) === undefined);
  // One zone that the model cannot hold must not keep the others out.
  const adopted = await Promise.allSettled(
    unknown.map(async (zone) => model.addZone({ ...zone, sets: await emulator.sets(zone.id) })),
  );
  for (const outcome of adopted) if (outcome.status === 'rejected') throw outcome.reason;
}

function urlOf(request: WireRequest): URL {
  return new URL(request.path, 'http://localhost');
}

function accessKeyIdOf({ headers }: WireRequest): string {
  return /Credential=([^/,\s]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
}

function codeOf(reply: WireReply): string {
  return /<Code>([^<]*)<\/Code>/.exec(reply.body.toString())?.[1] ?? String(reply.status);
}

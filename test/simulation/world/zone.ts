/**
 * The zone: the strict model of Route 53, and a book of when each SRV target was last served, by which the order out of
 * DNS can be judged without asking name servers.
 */
import { ownerOf } from '../../../functions/core/discovery/names.ts';
import type { RecordChange } from '../../../functions/core/model/directory.ts';
import type { ServiceDirectory } from '../../../functions/usecases/ports.ts';
import { inMemoryServiceDirectory } from '../../support/in-memory/service-directory.ts';
import { ReplyLostError } from '../../../local/route53/model/errors.ts';
import { ZONE } from '../../support/builders.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { Hooks } from './watch.ts';

export interface ServedTarget {
  /** Name servers serve it at least until then; Infinity: still wanted. */
  readonly servedUntilMs: number;
  readonly ttlSeconds: number;
}

/** An SRV record's target that is wanted now. */
export interface WantedTarget {
  readonly name: string;
  /** Whose the name is. */
  readonly owner: string;
  /** `port host.zone.` */
  readonly target: string;
  readonly host: string;
}

export interface SimulatedZone {
  readonly port: ServiceDirectory;
  readonly model: ReturnType<typeof inMemoryServiceDirectory>['model'];
  /** By `SRV name|target`. */
  readonly targets: ReadonlyMap<string, ServedTarget>;
  /** Those that are still wanted, by the same key. */
  readonly wanted: ReadonlyMap<string, WantedTarget>;
  /** Values that name servers answer with now. */
  answers(type: string, name: string): readonly string[];
  /** All SRV targets that are served now, by name. */
  servedTargets(): Map<string, readonly string[]>;
  /** Somebody else deletes that SRV record, or changes it. False: it is not there. */
  meddle(name: string, deletes: boolean, nowMs: number): boolean;
  /** When somebody last did. */
  meddledAtMs(): number;
}

export interface ZoneOptions {
  readonly scheduler: Scheduler;
  readonly hooks: Hooks;
  readonly propagationMs: number;
  readonly trace: (what: string) => void;
  /** Plants a bug between the register loop and Route 53. */
  readonly bug?: (port: ServiceDirectory) => ServiceDirectory;
}

/** Where records lead that somebody else changed: to nobody. */
export const MEDDLED_PORT = 29_999;
export const FOREIGN_RECORD = `mail.${ZONE}`;

export function createZone(options: ZoneOptions): SimulatedZone {
  const { scheduler, hooks } = options;
  const clock = { nowMs: scheduler.nowMs };
  const twin = inMemoryServiceDirectory({ clock, zone: ZONE, propagationMs: options.propagationMs });
  const { model } = twin;
  const zoneId = model.zoneIds()[0]!;
  const targets = new Map<string, ServedTarget>();
  const wanted = new Map<string, WantedTarget>();
  const current = new Map<string, readonly string[]>();
  let insyncAtMs = 0;
  model.changeResourceRecordSets({
    zoneId,
    changes: [
      { action: 'CREATE', set: { name: `${FOREIGN_RECORD}.`, type: 'A', ttl: 60, values: ['192.0.2.1'] } },
    ],
  });

  const note = (name: string, values: readonly string[], ttlSeconds: number): void => {
    for (const gone of current.get(name) ?? []) {
      if (values.includes(gone)) continue;
      targets.set(`${name}|${gone}`, { servedUntilMs: insyncAtMs, ttlSeconds });
      wanted.delete(`${name}|${gone}`);
    }
    for (const value of values) {
      const key = `${name}|${value}`;
      targets.set(key, { servedUntilMs: Infinity, ttlSeconds });
      if (!wanted.has(key)) wanted.set(key, wantedTarget(name, value));
    }
    if (values.length === 0) current.delete(name);
    else current.set(name, values);
  };

  const port: ServiceDirectory = {
    list: twin.list,
    isInSync: twin.isInSync,
    apply: async (changes, comment) => {
      const outcome = await twin.apply(changes, comment).catch((error: unknown) => {
        // Only the answer was lost.
        if (error instanceof ReplyLostError) applied(changes, comment);
        throw error;
      });
      options.trace(`zone ${outcome.kind} ${comment} ${changes.length}`);
      if (outcome.kind === 'accepted') applied(changes, comment);
      return outcome;
    },
  };
  const applied = (changes: readonly RecordChange[], comment: string): void => {
    options.trace(`zone has ${comment}`);
    insyncAtMs = Math.max(insyncAtMs, scheduler.nowMs() + model.faults.propagationMs);
    for (const { action, record } of changes)
      if (record.type === 'SRV')
        note(record.name, action === 'DELETE' ? [] : record.values, record.ttlSeconds);
    hooks.zone({ changes, insyncAtMs });
  };

  let meddledAtMs = -Infinity;
  const meddle = (name: string, deletes: boolean, nowMs: number): boolean => {
    let set: ReturnType<typeof model.listResourceRecordSets>['sets'][number] | undefined;
    let values: readonly string[] = [];
    try {
      const { sets } = model.listResourceRecordSets({ zoneId, startName: `${name}.`, startType: 'SRV' });
      set = sets.find((one) => one.name === `${name}.` && one.type === 'SRV');
      if (set === undefined) return false;
      values = deletes ? [] : set.values.map((value) => value.replace(/ \d+ h-/, ` ${MEDDLED_PORT} h-`));
      const change = deletes
        ? { action: 'DELETE' as const, set }
        : { action: 'UPSERT' as const, set: { ...set, values } };
      model.changeResourceRecordSets({ zoneId, changes: [change] });
    } catch (error) {
      // The account's request rate may be spent: then it does not happen. A lost answer is nobody's loss here.
      if (set === undefined || !(error instanceof ReplyLostError)) return false;
    }
    meddledAtMs = nowMs;
    insyncAtMs = Math.max(insyncAtMs, nowMs + model.faults.propagationMs);
    note(name, values, set.ttl);
    options.trace(`somebody changed ${name}`);
    return true;
  };

  return {
    meddle,
    meddledAtMs: () => meddledAtMs,
    port: options.bug ? options.bug(port) : port,
    model,
    targets,
    wanted,
    answers: (type, name) =>
      model.served().flatMap((zone) =>
        zone
          .at(`${name}.`)
          .filter((set) => set.type === type)
          .flatMap((set) => set.values),
      ),
    servedTargets: () => {
      const [served] = model.served();
      return new Map(
        [...new Set([...targets.keys()].map((key) => key.split('|')[0]!))]
          .map(
            (name) =>
              [
                name,
                (served?.at(`${name}.`) ?? [])
                  .filter((set) => set.type === 'SRV')
                  .flatMap((set) => set.values),
              ] as const,
          )
          .filter(([, values]) => values.length > 0),
      );
    },
  };
}

function wantedTarget(name: string, value: string): WantedTarget {
  const target = value.replace('0 1 ', '');
  const host = target.split(' ')[1]?.slice(0, -ZONE.length - 2) ?? '';
  return { name, owner: ownerOf(name, ZONE) ?? '', target, host };
}

/** The in-memory twin of the zone: the port over the strict model of Route 53, without client, wire and emulator. */
import { classifyApplyError, classifyError } from '../../../functions/adapters/route53/classify-error.ts';
import { fromRoute53, toRoute53 } from '../../../functions/adapters/route53/names.ts';
import { COMMENT_MAX } from '../../../functions/adapters/route53/service-directory.ts';
import type { RecordSet, RecordType } from '../../../functions/core/model/directory.ts';
import type { ApplyOutcome, ServiceDirectory } from '../../../functions/usecases/ports.ts';
import { createRoute53Model } from '../../../local/route53/model/route53.ts';
import type { ModelOptions, Route53Model } from '../../../local/route53/model/route53.ts';
import type { RecordSet as ZoneSet } from '../../../local/route53/model/records/record-set.ts';
import { withFaults } from '../faults.ts';

const ZONE_ID = 'Z0000000000001';
const OURS: ReadonlySet<string> = new Set<RecordType>(['A', 'SRV', 'TXT', 'SOA']);

export interface InMemoryDirectoryOptions extends Omit<ModelOptions, 'now'> {
  readonly clock: { nowMs(): number };
  /** `berth.internal` */
  readonly zone: string;
  /** Record sets that the zone takes; the account's default quota unless given. */
  readonly setsMax?: number | undefined;
}

export const inMemoryServiceDirectory = ({ clock, zone, setsMax, ...options }: InMemoryDirectoryOptions) => {
  const model = createRoute53Model({ now: () => clock.nowMs(), ...options });
  model.addZone({ id: ZONE_ID, name: `${zone}.`, private: true, ...(setsMax !== undefined && { setsMax }) });
  const port = withFaults<ServiceDirectory>({
    apply: (changes, comment): ApplyOutcome => {
      const sets = changes.map(({ action, record }) => ({ action, set: toZoneSet(record) }));
      try {
        const { id } = model.changeResourceRecordSets({
          zoneId: ZONE_ID,
          changes: sets,
          comment: comment.slice(0, COMMENT_MAX),
        });
        return { kind: 'accepted', changeId: id };
      } catch (error) {
        return classifyApplyError(error);
      }
    },
    isInSync: (changeId) => reading(() => model.getChange({ id: changeId }).status === 'INSYNC'),
    list: () => reading(() => allPages(model)),
  });
  return Object.assign(port, {
    /** The model itself: faults, limits, what name servers serve. */
    model,
  });
};

const toZoneSet = ({ name, type, ttlSeconds, values }: RecordSet): ZoneSet => ({
  name: toRoute53(name),
  type,
  ttl: ttlSeconds,
  values,
});

const reading = <Value>(read: () => Value): Value => {
  try {
    return read();
  } catch (error) {
    throw classifyError(error);
  }
};

const allPages = (model: Route53Model): RecordSet[] => {
  const found: RecordSet[] = [];
  let from: { readonly startName?: string; readonly startType?: string } = {};
  for (;;) {
    const { sets, next } = model.listResourceRecordSets({ zoneId: ZONE_ID, ...from });
    found.push(...sets.filter(({ type }) => OURS.has(type)).map(fromZoneSet));
    if (!next) return found;
    from = { startName: next.name, startType: next.type };
  }
};

const fromZoneSet = ({ name, type, ttl, values }: ZoneSet): RecordSet => ({
  name: fromRoute53(name),
  type: type as RecordType,
  ttlSeconds: ttl,
  values: values.toSorted(),
});

/** A model with one zone and a clock that the test turns. */
import type { ModelOptions, Route53Model } from '../../../../local/route53/model/route53.ts';
import { createRoute53Model } from '../../../../local/route53/model/route53.ts';
import type {
  Change,
  ChangeAction,
  RecordSet,
  RecordType,
} from '../../../../local/route53/model/records/record-set.ts';

export const ZONE = 'Z0000000000001';

export interface TestZone {
  readonly model: Route53Model;
  readonly clock: { nowMs: number };
  /** Applies changes a second after whatever came before, so that neither bucket nor processing is in the way. */
  readonly apply: (...changes: Change[]) => void;
  /** The message of the refusal; the test fails if it is accepted. Takes a second too. */
  readonly refusal: (...changes: Change[]) => string;
  /** All record sets as `name type ttl values`, without the apex's SOA and NS. */
  readonly content: () => string[];
}

export function testZone(options: Partial<ModelOptions> = {}): TestZone {
  const clock = { nowMs: 1_000_000 };
  const model = createRoute53Model({ now: () => clock.nowMs, ...options });
  model.addZone({ id: ZONE, name: 'shop.internal' });
  const apply = (...changes: Change[]) => {
    clock.nowMs += 1000;
    model.changeResourceRecordSets({ zoneId: ZONE, changes });
  };
  return {
    model,
    clock,
    apply,
    refusal: (...changes) => {
      try {
        apply(...changes);
      } catch (error) {
        if (error instanceof Error) return `${error.name}: ${error.message}`;
      }
      throw new Error('the batch was accepted');
    },
    content: () => allSets(model, clock).map((set) => [set.name, set.type, set.ttl, ...set.values].join(' ')),
  };
}

function allSets(model: Route53Model, clock: { nowMs: number }): RecordSet[] {
  const sets: RecordSet[] = [];
  for (let next: { name: string; type: string } | undefined = { name: 'shop.internal.', type: 'A' }; next;) {
    clock.nowMs += 1000;
    const page = model.listResourceRecordSets({ zoneId: ZONE, startName: next.name, startType: next.type });
    sets.push(...page.sets.filter((set) => set.type !== 'SOA' && !isApexNs(set)));
    next = page.next;
  }
  return sets;
}

function isApexNs(set: RecordSet): boolean {
  return set.type === 'NS' && set.name === 'shop.internal.';
}

/** `change('CREATE', 'a', 'A', '10.0.0.1')`: a name below the zone, TTL 10. */
export function change(action: ChangeAction, name: string, type: RecordType, ...values: string[]): Change {
  return { action, set: { name: `${name}.shop.internal`, type, ttl: 10, values } };
}

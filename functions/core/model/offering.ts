/** Offerings - a type in a subnet of a zone - and what is remembered of them: who had none, and until when nobody asks. */
import type { Architecture } from './cluster.ts';

/** Spot comes later: it then is a market of its own, with shortages of its own. */
export type Market = 'on-demand';

export interface Offering {
  readonly instanceType: string;
  readonly subnetId: string;
  readonly zone: string;
}

export interface Subnet {
  readonly id: string;
  readonly zone: string;
  /** Its tag `Name`; empty: it has none. */
  readonly name: string;
}

/** An offering that was refused, and is not asked for until then. */
export interface Shortage extends Offering {
  readonly market: Market;
  /** `no-capacity`: EC2 had none; `refused`: it may not be launched; `failed`: EC2 did not manage. */
  readonly kind: 'no-capacity' | 'refused' | 'failed';
  readonly message: string;
  readonly atMs: number;
  readonly untilMs: number;
  /** In a row. */
  readonly times: number;
}

/** A limit of the account: nothing that counts against it is asked for until then. */
export interface AccountLimit {
  /** The quota's code, such as `L-1216C47A`. */
  readonly quota: string;
  readonly message: string;
  readonly atMs: number;
  readonly untilMs: number;
  readonly times: number;
}

/** Why a pool gets no host now, as it was last told in `events`. */
export interface PoolRefusal {
  readonly pool: string;
  readonly message: string;
}

/** A replica for which no host can come, as the provision loop found last. */
export interface InVain {
  /** `shop/web-3` */
  readonly replica: string;
  /** Of its service: what it asked for. */
  readonly digest: string;
  /** Since when. */
  readonly atMs: number;
}

/** The newest version of a launch template, as it was last looked up, and for which hosts it is. */
export interface TemplateVersion {
  /** Absent: an older version noted it, which says nothing of pools. */
  readonly architecture?: Architecture | undefined;
  /** As the pool names them. Absent: it names none. */
  readonly securityGroups?: string | undefined;
  readonly launchTemplateId: string;
  readonly version: string;
}

/** One row, written by the provision loop alone. */
export interface OfferingMemory {
  readonly shortages: readonly Shortage[];
  readonly limits: readonly AccountLimit[];
  readonly refusals: readonly PoolRefusal[];
  /** Only those that would take the room of others for that. */
  readonly inVain: readonly InVain[];
  readonly templates: readonly TemplateVersion[];
  /** When the templates were looked up. */
  readonly templatesAtMs: number;
  readonly version: number;
}

export const NOTHING_SHORT: OfferingMemory = {
  shortages: [],
  limits: [],
  refusals: [],
  inVain: [],
  templates: [],
  templatesAtMs: 0,
  version: 0,
};

export const isOffering = (one: Offering, other: Offering): boolean =>
  one.instanceType === other.instanceType && one.subnetId === other.subnetId;

/** `m7g.large in us-east-1a` */
export const offeringName = ({ instanceType, zone }: Offering): string => `${instanceType} in ${zone}`;

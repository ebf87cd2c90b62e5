/**
 * The bounds of Route 53, each with its source. The model refuses at the limit, so a test fails here, not in an account.
 *
 * Sources: [limits] Route 53 Developer Guide, "Quotas" (DNSLimitations.html); [api] Route 53 API Reference;
 * [throttling] Developer Guide, "Throttling for Amazon Route 53 API requests".
 */

/** ResourceRecord elements in one ChangeResourceRecordSets; those of an UPSERT count twice [limits]. */
export const BATCH_RECORDS_MAX = 1_000;

/** Characters of all values in one ChangeResourceRecordSets; those of an UPSERT count twice [limits]. */
export const BATCH_CHARACTERS_MAX = 32_000;

/** Characters of a batch's comment [api: ResourceDescription]. */
export const COMMENT_CHARACTERS_MAX = 256;

/** Record sets in one hosted zone [limits]; more costs extra, so the default is the bound. */
export const ZONE_SETS_MAX = 10_000;

/** Values in one record set [limits]. */
export const SET_VALUES_MAX = 400;

/** Seconds [api: ResourceRecordSet.TTL]. */
export const TTL_MAX_SECONDS = 2_147_483_647;

/** Items in one page: ListResourceRecordSets and ListHostedZonesByName [api]; larger wishes are cut to it. */
export const LIST_SETS_MAX = 300;
export const LIST_ZONES_MAX = 100;

/** Bytes of one label and of a whole name on the wire (RFC 1035, 2.3.4). */
export const LABEL_BYTES_MAX = 63;
export const NAME_BYTES_MAX = 255;

/** Bytes of one character string of a TXT value, and characters of the whole value [api: TXT]. */
export const TXT_STRING_BYTES_MAX = 255;
export const TXT_VALUE_CHARACTERS_MAX = 4_000;

/**
 * Requests a second of one account, all actions together [limits]. [throttling] has meanwhile raised it to 10 with
 * bursts of 50; the lower, older bound stays here because accounts share it with every other user of Route 53.
 */
export const REQUESTS_PER_SECOND = 5;

/**
 * How long a zone is busy with one accepted batch; another batch for it is PriorRequestNotComplete meanwhile. The
 * documentation says only "if Route 53 can't process a request before the next request arrives" [limits]; it is not
 * the time to INSYNC: several changes of a zone may be PENDING. 100 ms is our assumption.
 */
export const PROCESSING_MS = 100;

/** Until a change is INSYNC. Real zones need "up to 60 s under normal conditions"; 2 s keeps the local cloud lively. */
export const PROPAGATION_MS = 2_000;

/** Changes that GetChange still knows. Ours: the model must not grow without bound. */
export const CHANGES_KEPT = 10_000;

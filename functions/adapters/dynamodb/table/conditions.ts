/**
 * The conditions under which an item may be written, each with its why. Every item has `version`, 1 at first, one more
 * at each write: a writer that read version n may write n + 1 only while n is still what is stored.
 */
export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** For what must be new: a second writer that also read "nothing" loses. */
export const MUST_NOT_EXIST: Condition = { ConditionExpression: 'attribute_not_exists(pk)' };

/** For a replacement: nobody may have written since `version` was read, or their change would be lost silently. */
export const mustStillBe = (version: number): Condition => ({
  ConditionExpression: '#version = :expected',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':expected': version },
});

/** 0 stands for "nothing was there when I looked". */
export const mustBeAt = (version: number): Condition =>
  version === 0 ? MUST_NOT_EXIST : mustStillBe(version);

/** For a host's lease: a beat that came twice, or late, is no second sign of life. Another boot counts as newer. */
export const mustBeNewerBeat = (bootId: string, seq: number): Condition => ({
  ConditionExpression: 'attribute_not_exists(pk) OR #bootId <> :bootId OR #seq < :seq',
  ExpressionAttributeNames: { '#bootId': 'bootId', '#seq': 'seq' },
  ExpressionAttributeValues: { ':bootId': bootId, ':seq': seq },
});

/** For the note of a sweep: of two ticks at once the later one stays. */
export const mustBeLaterSweep = (sweptAtMs: number): Condition => ({
  ConditionExpression: 'attribute_not_exists(pk) OR #sweptAtMs < :sweptAtMs',
  ExpressionAttributeNames: { '#sweptAtMs': 'sweptAtMs' },
  ExpressionAttributeValues: { ':sweptAtMs': sweptAtMs },
});

/** For a host's connection: a handshake that was long on its way never takes the place of a later one. */
export const mustBeOlderConnection = (connectedAtMs: number): Condition => ({
  ConditionExpression: 'attribute_not_exists(pk) OR #connectedAtMs <= :connectedAtMs',
  ExpressionAttributeNames: { '#connectedAtMs': 'connectedAtMs' },
  ExpressionAttributeValues: { ':connectedAtMs': connectedAtMs },
});

export const mustBeConnection = (connection: string): Condition => ({
  ConditionExpression: '#connection = :connection',
  ExpressionAttributeNames: { '#connection': 'connection' },
  ExpressionAttributeValues: { ':connection': connection },
});

/**
 * For a host's report: besides the version, the stored one must be older. Within a boot `seq` grows, so an answer that
 * was long on its way never replaces a newer one; another boot always counts as newer.
 */
export const mustBeOlderReport = (version: number, bootId: string, seq: number): Condition =>
  version === 0
    ? MUST_NOT_EXIST
    : {
        ConditionExpression: '#version = :expected AND (#bootId <> :bootId OR #seq < :seq)',
        ExpressionAttributeNames: { '#version': 'version', '#bootId': 'bootId', '#seq': 'seq' },
        ExpressionAttributeValues: { ':expected': version, ':bootId': bootId, ':seq': seq },
      };

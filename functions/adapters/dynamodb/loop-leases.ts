/**
 * Single flight of the loops: one item per loop with its owner, a fencing number that grows with every acquisition, an
 * expiry, and the "again" flag.
 *
 *     free or expired --acquire--> held          (fence + 1, again = false)
 *     held            --acquire by another-->    again = true, null
 *     held            --renew-->                 expiry moves, again is returned and cleared
 *     held, again     --release-->               refused: run once more
 *     held, not again --release-->               free
 *
 * No wake is lost: the flag is set only while the lease is still held, and the lease is given up only while the flag is
 * not set; each is one conditional update of the same item.
 */
import { ConflictError } from '../../usecases/errors.ts';
import type { LoopLeases, LoopName } from '../../usecases/ports.ts';
import { fieldsOf } from './table/fields.ts';
import { loopKey } from './table/keys.ts';
import { openTable } from './table/table.ts';
import type { DynamoOptions, Table } from './table/table.ts';

const NAMES = { '#owner': 'owner', '#again': 'again', '#expiresAtMs': 'expiresAtMs', '#fence': 'fence' };
/** DynamoDB refuses names that an expression does not use. */
const names = (...used: (keyof typeof NAMES)[]): Record<string, string> =>
  Object.fromEntries(used.map((name) => [name, NAMES[name]]));

/** Nobody has it, or whoever had it has been silent past its expiry. */
const IS_FREE = 'attribute_not_exists(#owner) OR #expiresAtMs <= :now';
/** Somebody else runs and will see the flag before giving up the lease. */
const IS_HELD_BY_ANOTHER = 'attribute_exists(#owner) AND #owner <> :me AND #expiresAtMs > :now';
/** Nobody took it over since. An expired lease that nobody wanted is still ours. */
const IS_MINE = '#owner = :me';
/** Ours, and no wake came that nobody has looked after. */
const IS_MINE_AND_DONE = '#owner = :me AND #again = :no';

/**
 * Held when we tried to take it, free when we tried to set the flag: then try again. Four contenders with empty passes
 * needed more than three rounds; a pass that does anything lasts longer than a round.
 */
const ATTEMPTS = 10;

export const dynamoLoopLeases = (options: DynamoOptions): LoopLeases => {
  const table = openTable(options);
  return {
    acquire: async (loop, owner, nowMs, ttlMs) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const fence = await take(table, loop, { owner, nowMs, ttlMs });
        if (fence !== null) return fence;
        if (await flagAgain(table, loop, { owner, nowMs })) return null;
        const mine = await fenceIfMine(table, loop, owner);
        if (mine !== null) return mine;
      }
      throw new ConflictError(`the lease of ${loop} changes hands too fast`);
    },
    renew: (loop, owner, nowMs, ttlMs) => renew(table, loop, { owner, nowMs, ttlMs }),
    release: (loop, owner) => release(table, loop, owner),
  };
};

/** The fencing number, or null when the lease is another's. */
const take = async (
  table: Table,
  loop: LoopName,
  { owner, nowMs, ttlMs }: { owner: string; nowMs: number; ttlMs: number },
): Promise<number | null> => {
  const updated = await orNull(
    table.update({
      Key: loopKey(loop),
      UpdateExpression:
        'SET #owner = :me, #expiresAtMs = :expiry, #again = :no, #fence = if_not_exists(#fence, :zero) + :one',
      ConditionExpression: IS_FREE,
      ExpressionAttributeNames: names('#owner', '#again', '#expiresAtMs', '#fence'),
      ExpressionAttributeValues: {
        ':me': owner,
        ':now': nowMs,
        ':expiry': nowMs + ttlMs,
        ':no': false,
        ':zero': 0,
        ':one': 1,
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  return updated && fieldsOf(updated).number('fence');
};

/** The SDK repeats a request whose answer was lost: then it meets the lease that it has just taken. */
const fenceIfMine = async (table: Table, loop: LoopName, owner: string): Promise<number | null> => {
  const stored = await table.get(loopKey(loop));
  return stored?.owner === owner ? fieldsOf(stored).number('fence') : null;
};

/** False: it is not held any more, so there is nobody who would look at the flag. */
const flagAgain = async (
  table: Table,
  loop: LoopName,
  { owner, nowMs }: { owner: string; nowMs: number },
): Promise<boolean> => {
  const updated = await orNull(
    table.update({
      Key: loopKey(loop),
      UpdateExpression: 'SET #again = :yes',
      ConditionExpression: IS_HELD_BY_ANOTHER,
      ExpressionAttributeNames: names('#owner', '#again', '#expiresAtMs'),
      ExpressionAttributeValues: { ':yes': true, ':me': owner, ':now': nowMs },
    }),
  );
  return updated !== null;
};

const renew = async (
  table: Table,
  loop: LoopName,
  { owner, nowMs, ttlMs }: { owner: string; nowMs: number; ttlMs: number },
): Promise<{ readonly again: boolean } | null> => {
  const before = await orNull(
    table.update({
      Key: loopKey(loop),
      UpdateExpression: 'SET #again = :no, #expiresAtMs = :expiry',
      ConditionExpression: IS_MINE,
      ExpressionAttributeNames: names('#owner', '#again', '#expiresAtMs'),
      ExpressionAttributeValues: { ':me': owner, ':no': false, ':expiry': nowMs + ttlMs },
      ReturnValues: 'ALL_OLD',
    }),
  );
  return before && { again: fieldsOf(before).flag('again', false) };
};

const release = async (table: Table, loop: LoopName, owner: string): Promise<boolean> => {
  const released = await orNull(
    table.update({
      Key: loopKey(loop),
      UpdateExpression: 'REMOVE #owner, #expiresAtMs',
      ConditionExpression: IS_MINE_AND_DONE,
      ExpressionAttributeNames: names('#owner', '#again', '#expiresAtMs'),
      ExpressionAttributeValues: { ':me': owner, ':no': false },
    }),
  );
  if (released) return true;
  // Lost to another owner: there is nothing left to give up, and wakes are that owner's now.
  const stored = await table.get(loopKey(loop));
  return stored?.owner !== owner;
};

const orNull = async <Value>(value: Promise<Value>): Promise<Value | null> => {
  try {
    return await value;
  } catch (error) {
    if (error instanceof ConflictError) return null;
    throw error;
  }
};

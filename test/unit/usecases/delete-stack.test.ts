/** Removal of a stack while others write its row: it is wanted all the same. */
import { describe, expect, it } from '@jest/globals';
import type { StackHead } from '../../../functions/core/model/stack.ts';
import { deleteStack } from '../../../functions/usecases/delete-stack.ts';
import { ConflictError } from '../../../functions/usecases/errors.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

type Put = (head: StackHead, expectedVersion: number) => Promise<void>;

/** A cluster with a stack, whose rows of stacks are written as `write` says. */
async function removing(write: (put: Put) => Put) {
  const cluster = await littleCluster();
  await cluster.put(stack({ web: service({}) }));
  const put: Put = async (head, version) => {
    await cluster.stacks.put(head, version);
  };
  const remove = deleteStack({ ...cluster, stacks: { ...cluster.stacks, put: write(put) } });
  return { cluster, remove: () => remove({ stack: 'shop', by: 'tester' }) };
}

const conflict = (): ConflictError => new ConflictError('changed meanwhile');

describe('a stack that is removed', () => {
  it('while somebody else changes it goes as well', async () => {
    let others = 1;
    const { cluster, remove } = await removing((put) => async (head, version) => {
      if (others-- > 0) throw conflict();
      await put(head, version);
    });
    await expect(remove()).resolves.toEqual({ stack: 'shop', state: 'removing' });
    expect((await cluster.stacks.get('shop'))?.wanted).toBe('absent');
  });

  it('and whose write was heard, but not its answer, is told of once', async () => {
    const { cluster, remove } = await removing((put) => async (head, version) => {
      await put(head, version);
      throw conflict(); // the SDK has tried again, and then the version was another one
    });
    await expect(remove()).resolves.toEqual({ stack: 'shop', state: 'removing' });
    await cluster.settle(5);
    expect((await cluster.events()).filter((code) => code === 'stack-removing')).toHaveLength(1);
  });

  it('is not, and that is said, when the row never rests', async () => {
    let tries = 0;
    const { cluster, remove } = await removing(() => () => {
      tries += 1;
      return Promise.reject(conflict());
    });
    await expect(remove()).rejects.toThrow(ConflictError);
    expect(tries).toBe(3);
    expect((await cluster.stacks.get('shop'))?.wanted).toBe('present');
  });
});

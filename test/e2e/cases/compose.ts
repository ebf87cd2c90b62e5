/**
 * Every honoured property of Compose, in every form, on the way that a user's document goes: through the API, placed,
 * launched by agents on real hosts. What `docker inspect` shows there is held against the table of the walk.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Replica } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { signedFetch } from '../../../local/signed-fetch.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { documentOf, honouredCases } from '../../support/compose-walk.ts';
import type { HonouredCase, InspectedContainer, Seen } from '../../support/compose-walk.ts';
import { sh } from '../support/hosts.ts';
import { api } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

const IMAGE = 'shop-web';
/** The stack in which all cases are that do not need one of their own, each as a service. */
const MANY = 'walk';
/** From the PUTs on, until everything is as it must be: far more than it takes, on hosts that may have to boot first. */
const SEEN_WITHIN_MS = 240_000;
/** For all PUTs, or all DELETEs, by a control plane that may have to be asked twice. */
const ALL_CALLED_MS = 300_000;
/** Looks at all hosts are shared by the cases. */
const LOOK_EVERY_MS = 2000;

interface Placed {
  readonly title: string;
  readonly test: HonouredCase;
  readonly stack: string;
  readonly service: string;
}

/** What is about the document, its name or the service's name has a stack of its own, with one service `web`. */
const needsOwnStack = ({ path, unsettled }: HonouredCase): boolean =>
  unsettled === true || !path.startsWith('services.*');

const PLACED: readonly Placed[] = honouredCases().map((test, index) => {
  const own = needsOwnStack(test);
  const title = `${test.path} ${JSON.stringify({ ...test.document, ...test.service })}`;
  const stack = own ? (test.name ?? `${MANY}-${index}`) : MANY;
  return { title, test, stack, service: own ? 'web' : `s${index}` };
});
const STACKS = [...new Set(PLACED.map(({ stack }) => stack))];

/** Each call more at once is one more cold start of a function, which a busy machine has no time for. */
const AT_ONCE = 3;

async function forEachStack(does: (stack: string) => Promise<unknown>): Promise<void> {
  const left = [...STACKS];
  const lane = async (): Promise<void> => {
    for (let stack = left.shift(); stack !== undefined; stack = left.shift()) await does(stack);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

export function composeCases(cloud: () => Cloud): void {
  describe('what Compose says', () => {
    let putMs = 0;
    let seenMs = 0;
    let look: Promise<Look> | undefined;

    beforeAll(async () => {
      putMs = Date.now();
      await forEachStack((stack) => put(cloud(), stack));
    }, ALL_CALLED_MS);
    afterAll(async () => {
      tell(
        `${PLACED.length} documents with honoured properties were seen on hosts ${(seenMs - putMs) / 1000} s after their PUT`,
      );
      await forEachStack((stack) => api(cloud(), `/v1/stacks/${stack}`, 'DELETE'));
    }, ALL_CALLED_MS);

    /** The newest look at everything, or a new one. @throws what the look threw; the next call looks again */
    const looked = async (): Promise<Look> => {
      const found = await look?.catch(() => undefined);
      if (found !== undefined && Date.now() - found.atMs < LOOK_EVERY_MS) return found;
      look = lookAtAll(cloud());
      return look;
    };

    it.each(PLACED.map((placed) => [placed.title, placed] as const))(
      '%s',
      async (_title, { test, stack, service }) => {
        let pairs: readonly (readonly [unknown, unknown])[] = [['no look yet', 'all of it']];
        const check = async (): Promise<true | undefined> => {
          const seen = (await looked()).of(stack, service);
          pairs = [...test.expect(seen), ...(test.unsettled ? [] : runsAtFirst(seen))];
          return pairs.every(([found, wanted]) => isDeepStrictEqual(found, wanted)) || undefined;
        };
        /** A container that goes between its listing and its inspection fails a look: the next one tells. */
        const failed = (error: unknown): undefined => {
          pairs = [[String(error), 'a look at every host']];
        };
        const timeoutMs = Math.max(0, putMs + SEEN_WITHIN_MS - Date.now());
        await waitUntil(() => check().catch(failed), { what: 'it', timeoutMs, everyMs: 100 }).catch(
          () => undefined,
        );
        expect(pairs.map(([found]) => found)).toEqual(pairs.map(([, wanted]) => wanted));
        seenMs = Date.now();
      },
      SEEN_WITHIN_MS + 20_000,
    );
  });
}

/** What runs with such a property must also be able to: nothing crashed. */
const runsAtFirst = ({ replicas }: Seen): readonly (readonly [unknown, unknown])[] =>
  replicas.map(
    ({ phase, attempt }) =>
      [
        [phase, attempt],
        ['running', 1],
      ] as const,
  );

async function put(cloud: Cloud, stack: string): Promise<void> {
  const cases = PLACED.filter((placed) => placed.stack === stack);
  const documents = cases.map(({ test, service }) => {
    const document = documentOf(test, { name: stack, image: IMAGE });
    return { ...document, services: { [service]: (document['services'] as { web: unknown }).web } };
  });
  const document = {
    ...documents[0],
    services: Object.assign({}, ...documents.map(({ services }) => services)) as unknown,
  };
  const url = `${cloud.endpoint}/v1/stacks/${stack}`;
  await signedFetch(cloud.plan.region, { method: 'PUT', url, body: document, type: 'application/yaml' });
}

interface Look {
  readonly atMs: number;
  of(stack: string, service: string): Seen;
}

async function lookAtAll(cloud: Cloud): Promise<Look> {
  const [replicas, ...lists] = await Promise.all([
    api<Replica[]>(cloud, '/v1/replicas'),
    ...cloud.hosts().map(async (host) => {
      const text = await sh(
        host,
        'docker ps --all --quiet --filter label=berth.stack | xargs -r docker inspect',
      );
      return (text === '' ? [] : JSON.parse(text)) as readonly InspectedContainer[];
    }),
  ]);
  const containers = lists.flat();
  return {
    atMs: Date.now(),
    of: (stack, service) => ({
      containers: containers.filter(
        ({ Config: { Labels } }) => Labels['berth.stack'] === stack && Labels['berth.service'] === service,
      ),
      replicas: replicas.filter((each) => each.stack === stack && each.service === service),
    }),
  };
}

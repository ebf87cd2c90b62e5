import { setTimeout as sleep } from 'node:timers/promises';
import { createApiClient } from '../../cli/api/api-client.ts';
import type { ApiClient } from '../../cli/api/api-client.ts';
import { deleteStack, getStack, listEvents, putStack } from '../../cli/api/routes.ts';
import { parseEndpoint } from '../../cli/api/target.ts';
import type { EventView } from '../../contract/http-api.ts';
import type { Cloud } from '../../local/cloud.ts';
import { ROOT_KEYS } from '../../local/emulator/account.ts';
import type { Contender } from './contender.ts';
import { CONTAINER, START_TIMEOUT_MS } from './contender.ts';

const STACK = 'bench';
/** As `berth deploy` looks. When a thing was decided is in its event: looking later does not make it later. */
const LOOK_EVERY_MS = 1000;

/** `PUT` of a Compose document, through the whole control plane. */
export function berth(cloud: Cloud, withPort: boolean): Contender {
  const api = apiOf(cloud);
  return {
    name: 'Berth',
    prepare: () => Promise.resolve(),
    async start(count) {
      const before = (await listEvents(api, { stack: STACK, limit: 1 })).events.at(-1)?.id;
      const askedAt = Date.now();
      await putStack(api, STACK, Buffer.from(composeOf(count, withPort)));
      const answeredAt = Date.now();
      const events = await untilConverged(api, before, withPort);
      return {
        askedAt,
        knownAt: atOf(events, 'service-converged'),
        moments: { answeredAt, ...momentsOf(events) },
      };
    },
    async clear() {
      await deleteStack(api, STACK);
      for (const endAt = Date.now() + START_TIMEOUT_MS; (await getStack(api, STACK)) !== null;) {
        if (Date.now() > endAt) throw new Error(`${STACK} is not gone in time: ${await lastEvents(api)}`);
        await sleep(LOOK_EVERY_MS);
      }
    },
  };
}

function apiOf(cloud: Cloud): ApiClient {
  const target = {
    endpoint: parseEndpoint(cloud.endpoint, 'the local cloud'),
    region: cloud.plan.region,
    source: 'local-file',
    foundIn: cloud.plan.paths.file,
    credentials: () => Promise.resolve(ROOT_KEYS),
  } as const;
  return createApiClient(target, {
    nowMs: () => Date.now(),
    random: () => Math.random(),
    sleep: async (ms) => {
      await sleep(ms);
    },
    whoCalls: () => Promise.resolve('the account’s root'),
  });
}

function composeOf(count: number, withPort: boolean): string {
  const { image, port, pids, memoryBytes, stopSignal, cpuMillis } = CONTAINER;
  return `name: ${STACK}
services:
  idle:
    image: ${image}
    stop_signal: ${stopSignal}
${withPort ? `    ports: [{ target: ${String(port)}, name: http }]\n` : ''}\
    deploy:
      replicas: ${String(count)}
      resources:
        reservations: { cpus: '${String(cpuMillis / 1000)}', memory: '${String(memoryBytes)}' }
        limits: { pids: ${String(pids)} }
`;
}

/** Everything that was decided until all replicas are healthy and, with a port, in DNS. */
async function untilConverged(
  api: ApiClient,
  after: string | undefined,
  withPort: boolean,
): Promise<readonly EventView[]> {
  const events: EventView[] = [];
  const endAt = Date.now() + START_TIMEOUT_MS;
  for (let from = after; Date.now() < endAt;) {
    const { events: more } = await listEvents(api, { stack: STACK, after: from, limit: 500 });
    events.push(...more);
    from = more.at(-1)?.id ?? from;
    const has = (code: string) => events.some((event) => event.code === code);
    if (has('service-failed')) throw new Error(`the deploy failed: ${events.at(-1)?.message ?? ''}`);
    if (has('service-converged') && (!withPort || has('dns-applied'))) return events;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`the deploy did not converge in time: ${await lastEvents(api)}`);
}

async function lastEvents(api: ApiClient): Promise<string> {
  const { events } = await listEvents(api, { limit: 10 });
  return events.map(({ code, subject, message }) => `\n  ${code} ${subject}: ${message}`).join('');
}

function momentsOf(events: readonly EventView[]): Record<string, number> {
  const of = (code: string) => events.filter((event) => event.code === code).map(({ at }) => Date.parse(at));
  const [placed, dns] = [of('task-placed'), of('dns-applied')];
  return {
    ...(placed.length > 0 && { placedAt: Math.min(...placed) }),
    ...(dns.length > 0 && { inDnsAt: Math.max(...dns) }),
  };
}

const atOf = (events: readonly EventView[], code: string): number =>
  Date.parse(events.find((event) => event.code === code)?.at ?? '');

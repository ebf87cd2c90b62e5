/** Any spec can be written as Compose and read back; garbage gets an answer; what is accepted is valid Compose. */
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { DNS_LABEL, PORT_NAME } from '../../../contract/names.ts';
import { stackSpec, type ServiceSpec, type StackSpec } from '../../../contract/stack-spec.ts';
import { loadCompose, type Loaded } from '../../../compose/load.ts';
import { COMPOSE_SCHEMA } from '../../support/compose-schema.ts';
import { documentOf, honouredCases, refusedCases } from '../../support/compose-walk.ts';
import { INPUT_CPU_MAX_MS } from '../../support/cpu-time.ts';
import { accept, timed } from './documents.ts';

const RUNS = { numRuns: 100 };
const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const without = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

const label = fc
  .stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/)
  .filter((text) => DNS_LABEL.test(text));
/** Texts of every kind, without what no program can be given. */
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((word) => !word.includes('\0'));
const someText = text.filter((word) => word !== '');
const key = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((word) => !/[=\0]|\s$/.test(word) && word !== '__proto__' && !word.startsWith('berth.'));
const words = fc.array(text, { maxLength: 4 });
const path = fc.stringMatching(/^\/[a-z]{1,8}$/);
const ms = fc.integer({ min: 1, max: 3_600_000 });
const capabilities = fc.uniqueArray(fc.constantFrom('NET_ADMIN', 'SYS_TIME', 'CHOWN', 'ALL'), {
  maxLength: 3,
});

const ports = fc
  .uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).filter((name) => PORT_NAME.test(name)),
      container: fc.integer({ min: 1, max: 65_535 }),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      appProtocol: maybe(someText),
    }),
    { maxLength: 5, selector: ({ name }) => name },
  )
  .map((list) =>
    list
      .filter((port, i) => list.findIndex(({ container }) => container === port.container) === i)
      .map(without),
  );

const healthcheck = fc
  .record({
    test: fc.oneof(
      words.filter(({ length }) => length > 0).map((argv) => ['CMD', ...argv]),
      someText.map((line) => ['CMD-SHELL', line]),
    ),
    intervalMs: maybe(ms),
    timeoutMs: maybe(ms),
    startPeriodMs: maybe(fc.nat(3_600_000)),
    retries: maybe(fc.integer({ min: 1, max: 100 })),
  })
  .map(without);

const resources = fc
  .record({
    cpu: maybe(fc.integer({ min: 10, max: 64_000 })),
    memory: maybe(fc.integer({ min: 6 * 1024 * 1024, max: 2 ** 40 })),
    limitPids: fc.integer({ min: 1, max: 4_194_304 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ cpu, memory, limitPids, share }) =>
    without({
      reservedCpuMillis: Math.floor((cpu ?? 4000) * share),
      reservedMemoryBytes: Math.floor((memory ?? 2 ** 30) * share),
      limitCpuMillis: cpu,
      limitMemoryBytes: memory,
      limitPids,
    }),
  ) as fc.Arbitrary<ServiceSpec['resources']>;

const service = fc
  .record({
    image: fc
      .stringMatching(/^[a-z0-9]{1,10}(?:\/[a-z0-9]{1,10})?(?::[a-z0-9.]{1,8})?$/)
      .filter((image) => !image.includes(':.')),
    command: maybe(words),
    entrypoint: maybe(words),
    environment: fc.dictionary(key, text, { maxKeys: 4 }).map(sorted),
    labels: fc.dictionary(key, text, { maxKeys: 4 }).map(sorted),
    ports,
    healthcheck: maybe(healthcheck),
    restart: fc.oneof(
      fc
        .constantFrom('no' as const, 'always' as const, 'unless-stopped' as const, 'on-failure' as const)
        .map((policy) => ({ policy })),
      fc.nat(99).map((maxRetries) => ({ policy: 'on-failure' as const, maxRetries })),
    ),
    stopGraceMs: fc.nat(3_600_000),
    stopSignal: maybe(fc.constantFrom('SIGTERM', 'QUIT', '9')),
    user: maybe(fc.constantFrom('nobody', '1000', '1000:1000')),
    workingDir: maybe(path),
    readOnly: fc.boolean(),
    tmpfs: fc
      .dictionary(path, fc.constantFrom('', 'size=1m', 'size=1m,mode=1777'), { maxKeys: 3 })
      .map(sorted),
    capAdd: capabilities,
    capDrop: capabilities,
    init: fc.boolean(),
    replicas: fc.nat(1000),
    resources,
    maxReplicasPerHost: maybe(fc.integer({ min: 1, max: 100 })),
    platform: maybe(fc.constantFrom('linux/amd64' as const, 'linux/arm64' as const)),
  })
  .map(without) as fc.Arbitrary<ServiceSpec>;

const spec: fc.Arbitrary<StackSpec> = fc.record({
  name: label,
  services: fc.dictionary(label, service, { minKeys: 1, maxKeys: 3 }).map(sorted),
});

/** A spec in the words of Compose; every `$` doubled. */
function toCompose({ name, services }: StackSpec): unknown {
  const document = {
    name,
    services: Object.fromEntries(Object.entries(services).map(([key, of]) => [key, composeService(of)])),
  };
  return JSON.parse(JSON.stringify(document), (_key, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('$', '$$$$') : value,
  ) as unknown;
}

function composeService(of: ServiceSpec): Record<string, unknown> {
  const { healthcheck: check, restart, resources: limits } = of;
  const time = (value: number | undefined) => (value === undefined ? undefined : `${value}ms`);
  return {
    image: of.image,
    command: of.command,
    entrypoint: of.entrypoint,
    environment: of.environment,
    labels: Object.entries(of.labels).map(([name, value]) => `${name}=${value}`),
    ports: of.ports.map(({ container, appProtocol, ...port }) => ({
      ...port,
      target: container,
      app_protocol: appProtocol,
    })),
    healthcheck: check && {
      test: check.test,
      interval: time(check.intervalMs),
      timeout: time(check.timeoutMs),
      start_period: time(check.startPeriodMs),
      retries: check.retries,
    },
    restart: restart.maxRetries === undefined ? restart.policy : `on-failure:${restart.maxRetries}`,
    stop_grace_period: `${of.stopGraceMs}ms`,
    stop_signal: of.stopSignal,
    user: of.user,
    working_dir: of.workingDir,
    read_only: of.readOnly,
    tmpfs: Object.entries(of.tmpfs).map(([target, options]) =>
      options === '' ? target : `${target}:${options}`,
    ),
    cap_add: of.capAdd,
    cap_drop: of.capDrop,
    init: of.init,
    platform: of.platform,
    deploy: {
      replicas: of.replicas,
      placement: { max_replicas_per_node: of.maxReplicasPerHost },
      resources: {
        limits: {
          cpus: limits.limitCpuMillis === undefined ? undefined : String(limits.limitCpuMillis / 1000),
          memory: limits.limitMemoryBytes?.toString(),
          pids: limits.limitPids,
        },
        reservations: { cpus: limits.reservedCpuMillis / 1000, memory: String(limits.reservedMemoryBytes) },
      },
    },
  };
}

describe('any spec, written as Compose, is read back', () => {
  it('as JSON', () => {
    fc.assert(
      fc.property(spec, (wanted) => {
        expect(accept(JSON.stringify(toCompose(wanted))).spec).toEqual(wanted);
      }),
      RUNS,
    );
  });

  it('as YAML', () => {
    fc.assert(
      fc.property(spec, (wanted) => {
        expect(accept(stringify(toCompose(wanted))).spec).toEqual(wanted);
      }),
      RUNS,
    );
  });
});

const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(COMPOSE_SCHEMA);

/** Loads it, within the limit of time; accepted specs satisfy the contract, and refusals say something. */
function answer(input: string | Uint8Array): Loaded {
  const { value: loaded, cpuMs } = timed(() => loadCompose(input));
  expect(cpuMs).toBeLessThan(INPUT_CPU_MAX_MS);
  if (loaded.kind === 'stack') expect(stackSpec.safeParse(loaded.spec).success).toBe(true);
  else {
    expect(loaded.problems.length).toBeGreaterThan(0);
    const positions = loaded.problems.map(({ line = 0, column = 0 }) => line * 1_000_000 + column);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  }
  return loaded;
}

describe('garbage gets an answer', () => {
  it('of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void answer(bytes)),
      { numRuns: 1000 },
    );
  });

  it('of characters that mean something to YAML', () => {
    const unit = fc.constantFrom(
      ...Array.from('{}[]:,-?&*!|>\'"%@`#$ \n\t\\<a1~'),
      'name: a\n',
      'services:\n',
      '  web:\n',
      '    image: b\n',
      '<<: *a',
      '&a ',
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (parts) => void answer(parts.join(''))),
      { numRuns: 1000 },
    );
  });

  it('of values where others are expected', () => {
    const documents = [
      ...honouredCases().map((test) => documentOf(test, { name: 'walk', image: 'walk' })),
      ...refusedCases().map(({ document }) => document),
    ];
    const place = fc.tuple(fc.constantFrom(...documents), fc.nat(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(place, ([document, index, value]) => {
        let count = 0;
        const broken = JSON.parse(JSON.stringify(document), (_key, old: unknown) =>
          count++ === index % 12 ? value : old,
        ) as unknown;
        const loaded = answer(JSON.stringify(broken));
        // Berth is stricter than the schema, never looser, but for a user that is a number.
        if (loaded.kind === 'stack' && !valid(broken)) {
          expect(valid.errors?.map(({ instancePath }) => instancePath)).toEqual(['/services/web/user']);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('of good documents with a character changed', () => {
    const good = stringify(
      documentOf(honouredCases()[20] ?? { path: '', service: {}, expect: () => [] }, {
        name: 'a',
        image: 'b',
      }),
    );
    const change = fc.tuple(
      fc.nat(good.length - 1),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(change, ([at, char]) => void answer(good.slice(0, at) + char + good.slice(at + 1))),
      { numRuns: 1000 },
    );
  });
});

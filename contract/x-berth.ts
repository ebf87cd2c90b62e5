/**
 * `x-berth` of a service in a Compose document: what Berth reads beyond Compose. Durations are Compose's (`1m30s`).
 *
 * The loader checks documents with this schema and tells line and column; `docs/x-berth.schema.json` is made from it,
 * for editors. What comes of it is `health-spec.ts`.
 */
import * as z from 'zod';
import { autoscaleDocument } from './x-berth-autoscale.ts';
import { GRPC_SERVICE, HEALTH_LIMITS, PROBE_PATH } from './health-spec.ts';
import { obeys } from './rules/rule.ts';
import { givable } from './rules/texts.ts';
import { placementDocument, resourcesDocument } from './x-berth-placement.ts';

const { count, command, successes, failures } = HEALTH_LIMITS;

const duration = z
  .string({ error: 'must be a duration such as `5s`' })
  .regex(/^(?:0|(?:[0-9]+(?:\.[0-9]+)?(?:us|µs|μs|ms|s|m|h|d|w))+)$/, {
    error: 'must be a duration such as `1m30s`, `5s` or `500ms`',
  })
  .max(100);
const port = z
  .int({ error: 'must be a port number' })
  .min(1, { error: 'must be a port number, 1 to 65535' })
  .max(65_535, { error: 'must be a port number, 1 to 65535' })
  .meta({
    description: 'Port inside the container; may be left out when the service has exactly one TCP port.',
  });
const times = (what: string, standard: number) => {
  const error = `must be a whole number from ${count.min} to ${count.max}`;
  return z
    .int({ error })
    .min(count.min, { error })
    .max(count.max, { error })
    .optional()
    .meta({ description: `${what} Default: ${standard}.` });
};
const said = (description: string) => duration.optional().meta({ description });
const word = z.string({ error: 'must be a text' }).max(command.characters).check(obeys(givable));

const timing = {
  interval: said('Pause between two probes, 500ms to 1h. Default: 5s.'),
  timeout: said('A probe that takes longer has failed; 100ms to 1m. Default: 2s.'),
  failures: times('Failures in a row that count.', failures),
  initialDelay: said('From the container’s start to the first probe, at most 1h. Default: 0s.'),
};
const kinds = {
  docker: { kind: z.literal('docker') },
  http: {
    kind: z.literal('http'),
    port: port.optional(),
    path: z
      .string({ error: 'must be a text' })
      .regex(PROBE_PATH, { error: 'must begin with `/` and be printable ASCII without spaces' })
      .optional()
      .meta({ description: 'Default: `/`. A status from 200 to 299 passes; redirects are not followed.' }),
    ...timing,
  },
  tcp: { kind: z.literal('tcp'), port: port.optional(), ...timing },
  exec: {
    kind: z.literal('exec'),
    command: z
      .union([word.min(1), z.array(word).min(1).max(command.words)], {
        error: 'must be a command: a list of words, or a line for the container’s shell',
      })
      .meta({ description: 'A list of words, or a line for the container’s /bin/sh. Exit code 0 passes.' }),
    ...timing,
  },
  grpc: {
    kind: z.literal('grpc'),
    port: port.optional(),
    service: z
      .string({ error: 'must be a text' })
      .regex(GRPC_SERVICE, { error: 'must be a name such as `package.Service`' })
      .optional()
      .meta({ description: 'Name asked of grpc.health.v1. Default: the server as a whole.' }),
    ...timing,
  },
} as const;
export const PROBE_KINDS = ['docker', 'http', 'tcp', 'exec', 'grpc'] as const;

const more = { successes: times('Passes in a row that count.', successes) };
const wrongKind = { error: `must name its \`kind\`: ${PROBE_KINDS.join(', ')}` };

const readiness = z.discriminatedUnion(
  'kind',
  [
    z.strictObject(kinds.docker),
    z.strictObject({ ...kinds.http, ...more }),
    z.strictObject({ ...kinds.tcp, ...more }),
    z.strictObject({ ...kinds.exec, ...more }),
    z.strictObject({ ...kinds.grpc, ...more }),
  ],
  wrongKind,
);
const liveness = z.discriminatedUnion(
  'kind',
  [
    z.strictObject(kinds.docker),
    z.strictObject(kinds.http),
    z.strictObject(kinds.tcp),
    z.strictObject(kinds.exec),
    z.strictObject(kinds.grpc),
  ],
  wrongKind,
);

const map = { error: 'must be a map' };

export const xBerth = z.strictObject(
  {
    health: z
      .strictObject(
        {
          readiness: readiness.optional().meta({ description: 'Decides whether the replica is in DNS.' }),
          liveness: liveness.optional().meta({ description: 'Its failure restarts the container.' }),
          startGrace: said(
            'So long after its start a replica that fails its probes is still starting. Default: 30s.',
          ),
          deployGate: said(
            'A replica counts for a rollout once it was healthy so long without a break. Default: 0s.',
          ),
          signal: z.boolean({ error: 'must be true or false' }).optional().meta({
            description: 'The replica itself says when it is ready, on the socket BERTH_HEALTH_SOCKET.',
          }),
        },
        map,
      )
      .optional(),
    autoscale: autoscaleDocument.optional(),
    placement: placementDocument
      .optional()
      .meta({ description: 'Where replicas may run, and where they rather would.' }),
    resources: resourcesDocument
      .optional()
      .meta({ description: 'What is kept free for a replica beside CPU and memory.' }),
  },
  map,
);

export type XBerth = z.infer<typeof xBerth>;
export type ReadinessDocument = z.infer<typeof readiness>;
export type LivenessDocument = z.infer<typeof liveness>;

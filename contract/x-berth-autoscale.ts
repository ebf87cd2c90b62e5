/**
 * `x-berth.autoscale` of a service in a Compose document. Three lines suffice:
 *
 *     autoscale:
 *       min: 2
 *       max: 10
 *       targets: { cpu: 60% }
 */
import * as z from 'zod';
import { AUTOSCALE_LIMITS, CLOCK_TIME, METRIC_NAME, WEEKDAYS } from './autoscale-spec.ts';
import { PROBE_PATH } from './health-spec.ts';

const { replicasMax, targetsMax, schedulesMax, percent } = AUTOSCALE_LIMITS;

const map = { error: 'must be a map' };
const whole = (least: number, what: string) => {
  const error = `must be a whole number from ${least} to ${replicasMax}`;
  return z.int({ error }).min(least, { error }).max(replicasMax, { error }).meta({ description: what });
};
const duration = (description: string) =>
  z
    .string({ error: 'must be a duration such as `1m`' })
    .regex(/^(?:0|(?:[0-9]+(?:\.[0-9]+)?(?:us|µs|μs|ms|s|m|h|d|w))+)$/, {
      error: 'must be a duration such as `1m30s`, `5m` or `0s`',
    })
    .max(100)
    .optional()
    .meta({ description });

const share = (least: number, most: number, description: string) => {
  const error = `must be a percentage from ${least}% to ${most}%`;
  return z
    .union(
      [
        z.string().regex(/^[0-9]{1,4}(?:\.[0-9]{1,3})?%$/, { error }),
        z.number().min(least, { error }).max(most, { error }),
      ],
      { error },
    )
    .optional()
    .meta({ description });
};
const usage = (what: string) =>
  share(
    percent.min,
    percent.max,
    `Mean over the replicas, in percent of the ${what} that is reserved, else of the limit, else of the host’s share: \`60%\`.`,
  );

const aPort = { error: 'must be a port number, 1 to 65535' };
const aPath = { error: 'must begin with `/` and be printable ASCII without spaces' };
const source = z
  .union(
    [
      z.literal('socket'),
      z.strictObject({
        port: z.int(aPort).min(1, aPort).max(65_535, aPort).optional(),
        path: z.string(aPath).regex(PROBE_PATH, aPath).optional(),
      }),
    ],
    { error: 'must be `socket`, or where to ask for it: `{port: 9090, path: /metrics}`' },
  )
  .meta({
    description:
      '`socket`: the replica tells it on the socket BERTH_HEALTH_SOCKET. Else the agent asks for it in Prometheus’ text format; port: the only TCP port; path: `/metrics`.',
  });

const metric = z.strictObject(
  {
    name: z
      .string({ error: 'must be a text' })
      .regex(METRIC_NAME, { error: 'must be a name of letters, digits and `_`, as in Prometheus' }),
    value: z
      .number({ error: 'must be a number' })
      .positive({ error: 'must be more than 0' })
      .meta({ description: 'Mean over the replicas to aim at.' }),
    from: source,
  },
  map,
);

const aDay = { error: 'must be days such as `mon-fri` or `[sat, sun]`' };
const word = z.string(aDay).max(100, aDay);
const days = z
  .union([word, z.array(word).min(1, aDay).max(14, aDay)], aDay)
  .optional()
  .meta({ description: `Of ${WEEKDAYS.join(', ')}; ranges as \`mon-fri\`. Default: every day.` });

const clock = z
  .string({ error: 'must be a time of day such as `08:00`' })
  .regex(CLOCK_TIME, { error: 'must be a time of day from `00:00` to `23:59`' });

const schedule = z.strictObject(
  {
    days,
    from: clock,
    to: clock.meta({ description: 'Before it; not after `from`: on the next day.' }),
    timeZone: z
      .string({ error: 'must be the name of a time zone' })
      .max(64)
      .optional()
      .meta({ description: 'Of the IANA database: `Europe/Paris`. Default: `UTC`.' }),
    min: whole(0, 'Default: that outside of schedules.').optional(),
    max: whole(0, 'Default: that outside of schedules.').optional(),
  },
  map,
);

const both = <Part extends z.ZodType>(description: string, part: Part) =>
  z.strictObject({ out: part, in: part }, map).optional().meta({ description });

export const autoscaleDocument = z
  .strictObject(
    {
      min: whole(0, 'Never fewer replicas.'),
      max: whole(0, 'Never more.'),
      targets: z
        .strictObject(
          {
            cpu: usage('CPU'),
            memory: usage('memory'),
            metrics: z
              .array(metric, { error: 'must be a list of metrics' })
              .min(1)
              .max(targetsMax)
              .optional()
              .meta({ description: 'Numbers that the replicas tell themselves.' }),
          },
          map,
        )
        .meta({ description: 'What to aim at; the one that asks for most replicas counts.' }),
      window: duration(
        'More replicas only if they were needed so long without a break, at most 1h. Default: 1m.',
      ),
      stabilization: duration(
        'Fewer only down to the most that was needed in this time, at most 1d. Default: 3m.',
      ),
      cooldown: both(
        'Pauses after a change before the next in that direction.',
        duration('Default: 30s out, 1m in.'),
      ),
      step: both('Most replicas added, and taken away, at once.', whole(1, 'Default: no limit.').optional()),
      tolerance: share(0, 100, 'As close to the target as this, nothing changes. Default: `10%`.'),
      schedules: z
        .array(schedule, { error: 'must be a list of schedules' })
        .max(schedulesMax)
        .optional()
        .meta({ description: 'Other bounds at certain times; the last that holds counts.' }),
      protect: z
        .boolean({ error: 'must be true or false' })
        .optional()
        .meta({ description: 'Replicas may ask on their socket not to be taken away.' }),
    },
    map,
  )
  .meta({
    description: 'The number of replicas follows their load; `deploy.replicas` is the one to begin with.',
  });

export type AutoscaleDocument = z.infer<typeof autoscaleDocument>;

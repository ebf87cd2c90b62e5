/** `x-berth.placement` and `x-berth.resources` of a document. What comes of them is `placement-spec.ts`. */
import * as z from 'zod';
import { dnsLabel } from './names.ts';
import { PLACEMENT_LIMITS, PREEMPT } from './placement-spec.ts';

const { entries, priority, disruptionBudget } = PLACEMENT_LIMITS;
const map = { error: 'must be a map' };
const services = z
  .array(dnsLabel, { error: 'must be a list of services of this file' })
  .max(entries)
  .optional();

export const placementDocument = z.strictObject(
  {
    pool: dnsLabel.optional().meta({ description: 'Only hosts of this pool. Default: of any.' }),
    affinity: services.meta({ description: 'Services of the stack beside which a replica rather runs.' }),
    antiAffinity: services.meta({
      description:
        'Services of the stack with which a replica shares no host; with its own name: one per host.',
    }),
    tolerations: z
      .array(z.string({ error: 'must be a text' }).max(2 * PLACEMENT_LIMITS.textMax + 1), {
        error: 'must be a list of taints',
      })
      .max(entries)
      .optional()
      .meta({ description: 'Taints that keep it off no host: `key`, or `key=value` for that value alone.' }),
    priority: z
      .int({ error: `must be a whole number from ${priority.min} to ${priority.max}` })
      .min(priority.min, { error: `must be from ${priority.min} to ${priority.max}` })
      .max(priority.max, { error: `must be from ${priority.min} to ${priority.max}` })
      .optional()
      .meta({
        description: `The higher number is placed first; where there is no room, it may take that of replicas whose number is lower by 10 or more. Default: ${priority.default}.`,
      }),
    preempt: z
      .enum(PREEMPT, { error: `must be one of ${PREEMPT.join(', ')}` })
      .optional()
      .meta({
        description:
          'When a replica that fits nowhere takes the room of others of lower priority: `never`; `whenFull`, only if no host can come for it; `atOnce`. Default: whenFull.',
      }),
    disruptionBudget: z
      .int({ error: `must be a whole number from 0 to ${disruptionBudget.max}` })
      .min(0, { error: `must be from 0 to ${disruptionBudget.max}` })
      .max(disruptionBudget.max, { error: `must be from 0 to ${disruptionBudget.max}` })
      .optional()
      .meta({
        description: `How many of its replicas may be missing for the sake of others; with 0 none is taken away. Default: ${disruptionBudget.default}.`,
      }),
  },
  map,
);

export const resourcesDocument = z.strictObject(
  {
    disk: z.string({ error: 'must be a size such as `2g`' }).max(40).optional().meta({
      description: 'Kept free on the host’s disk for a replica: `500m`, `2g`. Docker does not enforce it.',
    }),
    gpuShare: z
      .number({ error: 'must be a number from 0.01 to 1' })
      .min(0.01, { error: 'must be from 0.01 to 1' })
      .max(1, { error: 'must be from 0.01 to 1' })
      .optional()
      .meta({
        description:
          'Part of the one GPU of `deploy.resources.reservations.devices` that is counted for a replica; others share the rest. Nothing enforces it. Default: 1.',
      }),
  },
  map,
);

export type PlacementDocument = z.infer<typeof placementDocument>;
export type ResourcesDocument = z.infer<typeof resourcesDocument>;

/** Where a service's replicas may run and where they rather would, normalized: part of the stack spec. */
import * as z from 'zod';
import { dnsLabel } from './names.ts';

export const PLACEMENT_LIMITS = {
  /** Entries of each list. */
  entries: 20,
  spread: 4,
  textMax: 128,
  priority: { min: 0, max: 100, default: 50 },
  disruptionBudget: { max: 1000, default: 1 },
  gpus: 16,
  diskBytesMax: 2 ** 50,
} as const;

const { entries, spread, textMax, priority, disruptionBudget, gpus, diskBytesMax } = PLACEMENT_LIMITS;

/** Properties of hosts that constraints and preferences may name. */
export const HOST_PROPERTY =
  /^node\.(?:id|hostname|platform\.arch|platform\.os|labels\.[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?)$/;
/** Keys and values of labels and taints, without white space, quotes and `=`. */
export const LABEL_TEXT = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/;

const hostProperty = z.string().regex(HOST_PROPERTY);
const labelText = z.string().max(textMax).regex(LABEL_TEXT);

export const constraint = z.strictObject({
  key: hostProperty,
  operator: z.enum(['==', '!=']),
  value: labelText,
});

export const toleration = z.strictObject({
  key: labelText,
  /** Absent: whatever the taint's value is; empty: the taint has none. */
  value: z.union([z.literal(''), labelText]).optional(),
});

/** When a replica that fits nowhere may take the room of others: never, if no host can come for it, or at once. */
export const PREEMPT = ['never', 'whenFull', 'atOnce'] as const;

export const placementSpec = z.strictObject({
  /** Absent: any. */
  pool: dnsLabel.optional(),
  constraints: z.array(constraint).max(entries),
  /** The weightiest first. Empty: over zones when there are two replicas or more. */
  spread: z.array(hostProperty).max(spread),
  /** Services of the stack. */
  affinity: z.array(dnsLabel).max(entries),
  antiAffinity: z.array(dnsLabel).max(entries),
  tolerations: z.array(toleration).max(entries),
  priority: z.int().min(priority.min).max(priority.max),
  /** Absent: `whenFull`. */
  preempt: z.enum(PREEMPT).optional(),
  /** Replicas that may be missing for the sake of others. Absent: 1. */
  disruptionBudget: z.int().min(0).max(disruptionBudget.max).optional(),
});

/** Capabilities as in Compose: `gpu`, and what NVIDIA's runtime knows beside it. */
export const GPU_CAPABILITIES = [
  'gpu',
  'compute',
  'utility',
  'graphics',
  'video',
  'display',
  'compat32',
] as const;

export const gpuSpec = z.strictObject({
  count: z.int().min(1).max(gpus),
  /** Of each; less than 100 only of one. */
  sharePercent: z.int().min(1).max(100),
  driver: z.literal('nvidia'),
  capabilities: z.array(z.enum(GPU_CAPABILITIES)).min(1).max(GPU_CAPABILITIES.length),
});

export const reservedDiskBytes = z.int().min(1).max(diskBytesMax);

export type PlacementSpec = z.infer<typeof placementSpec>;
export type ConstraintSpec = z.infer<typeof constraint>;
export type TolerationSpec = z.infer<typeof toleration>;
export type GpuSpec = z.infer<typeof gpuSpec>;
